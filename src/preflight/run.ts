// Runs the rules over the facts of one cluster, for one target mode, forward and for the way back.
import type { ProxyMode } from '../api/fields.ts';
import { isProxyMode } from '../kubeproxy/coupled-fields.ts';
import type { PreflightFacts } from './facts/from-snapshot.ts';
import type { NodeFacts } from './facts/node.ts';
import { immutableOs } from './facts/os.ts';
import { accept, blocks } from './finding.ts';
import type { Acceptance, Direction, Finding } from './finding.ts';
import { isUnseen, unseen, valueOr } from './known.ts';
import type { Known } from './known.ts';
import { cellVerdicts, strongest } from './rule.ts';
import type { ClusterContext, Outcome, Rule } from './rule.ts';

export type PreflightOptions = {
  readonly target: ProxyMode;
  readonly rules: readonly Rule[];
  readonly accept?: readonly Acceptance[];
  /** Modules that can be loaded will be, where they would last; true when left out. */
  readonly loads?: boolean;
};

/**
 * All findings, in no particular order (`report` sorts and counts). Of the way back only what would block it is kept, and only what
 * the way forward has not found already.
 */
export function runRules(facts: PreflightFacts, options: PreflightOptions): readonly Finding[] {
  const nodes = valueOr(facts.nodes, []);
  return [...judgeCluster(facts, options), ...nodes.flatMap((node) => judgeNode(facts, node, options))];
}

/** What is found about the cluster; and, where its nodes cannot be listed, what cannot be known of any of them. */
export function judgeCluster(facts: PreflightFacts, options: PreflightOptions): readonly Finding[] {
  const { cluster, nodes } = facts;
  return bothWays(options, (rule, way) => {
    if (rule.scope === 'node' && nodes.known) return [];
    const context = contextFor(facts, cluster.kubeProxy.configuredMode, way);
    if (context === undefined) return [];
    const unlisted = nodes.known ? undefined : nodes;
    return findings(rule, context, undefined, () => (rule.scope === 'cluster' ? rule.check(context) : unlisted));
  });
}

/** What is found about one node. Its facts need not be those in `facts`: nodes may be looked at, and judged, one after the other. */
export function judgeNode(facts: PreflightFacts, node: NodeFacts, options: PreflightOptions): readonly Finding[] {
  if (node.os !== 'linux') return [];
  // What is loaded on such a system does not last: its own configuration has to be changed (os-immutable).
  const own = immutableOs(node) === undefined ? options : { ...options, loads: false };
  return bothWays(own, (rule, way) => {
    if (rule.scope === 'cluster') return [];
    const context = contextFor(facts, node.kubeProxy.mode, way);
    return context === undefined ? [] : findings(rule, context, node.name, () => rule.check({ ...context, node }));
  });
}

type Ask = (rule: Rule, way: Way) => readonly Finding[];

function bothWays(
  { target, rules, accept: accepted = [], loads = true }: PreflightOptions,
  ask: Ask,
): readonly Finding[] {
  const ahead: Way = { direction: 'forward', loads, leg: (from) => ({ target, from }) };
  const forward = rules.flatMap((rule) => ask(rule, ahead));
  const seen = new Set(forward.filter(({ blocking }) => blocking).map(({ rule }) => rule));
  const home: Way = { direction: 'rollback', loads, leg: (from) => legBack(from, target) };
  const back = rules
    .filter((rule) => rule.onlyForward !== true)
    .flatMap((rule) => ask(rule, home))
    .filter(({ blocking, rule }) => blocking && !seen.has(rule));
  return [...forward, ...back].map((finding) => accept(finding, accepted));
}

/** Ids in `accept` that no rule has: a typing error must not pass for an acceptance. */
export function unknownAcceptances(rules: readonly Rule[], accepted: readonly Acceptance[]): readonly string[] {
  const ids = new Set(rules.map(({ id }) => id));
  return accepted.map(({ rule }) => rule).filter((rule) => !ids.has(rule));
}

type Leg = { readonly target: ProxyMode; readonly from: string | undefined };
type Way = {
  readonly direction: Direction;
  readonly loads: boolean;
  readonly leg: (running: string | undefined) => Leg | undefined;
};

/** On the way back the old mode is the target, and what is left is the mode the migration aims at. No leg where there is no way back. */
function legBack(running: string | undefined, target: ProxyMode): Leg | undefined {
  return running !== undefined && running !== target && isProxyMode(running)
    ? { target: running, from: target }
    : undefined;
}

function contextFor(
  { cluster, nodes }: PreflightFacts,
  running: Known<string>,
  { direction, loads, leg }: Way,
): ClusterContext | undefined {
  const way = leg(valueOr(running, undefined));
  return way === undefined ? undefined : { cluster, nodes: valueOr(nodes, []), ...way, direction, loads };
}

function findings(
  rule: Rule,
  context: ClusterContext,
  node: string | undefined,
  check: () => Outcome,
): readonly Finding[] {
  const cell = rule.verdicts[context.target];
  const worst = strongest(rule, context.target);
  if (cell === undefined || worst === undefined) return [];
  const outcome = guarded(check);
  if (outcome === undefined) return [];
  const { target, direction } = context;
  const place = node === undefined ? { scope: 'cluster' as const } : { scope: 'node' as const, node };
  const common = { rule: rule.id, target, direction, ...place, source: rule.source };
  if (isUnseen(outcome)) {
    const message = `Not known whether ${rule.title}: ${outcome.why}.`;
    const blocking = blocks('unknown', worst);
    const fix = blocking
      ? `Make it visible, or take the responsibility: add ${rule.id} to spec.preflight.accept.`
      : undefined;
    return [{ ...common, verdict: 'unknown', blocking, message, ...(fix === undefined ? {} : { fix }) }];
  }
  const verdict = outcome.verdict ?? cellVerdicts(cell)[0];
  const { message, fix } = outcome;
  return [{ ...common, verdict, blocking: blocks(verdict, worst), message, ...(fix === undefined ? {} : { fix }) }];
}

/** Objects of other people's CRDs may have any shape. A rule that stumbles over one knows nothing, which never passes for a yes. */
function guarded(check: () => Outcome): Outcome {
  try {
    return check();
  } catch (error) {
    return unseen(`the rule failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
