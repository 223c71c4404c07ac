// Runs the rules over the facts of one cluster, for one target mode, forward and for the way back.
import type { ProxyMode } from '../api/fields.ts';
import { isProxyMode } from '../kubeproxy/coupled-fields.ts';
import type { PreflightFacts } from './facts/from-snapshot.ts';
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
  /** Modules that can be loaded will be; true when left out. */
  readonly loads?: boolean;
};

/**
 * All findings, in no particular order (`report` sorts and counts). Of the way back only what would block it is kept, and only what
 * the way forward has not found already.
 */
export function runRules(
  facts: PreflightFacts,
  { target, rules, accept: accepted = [], loads = true }: PreflightOptions,
): readonly Finding[] {
  const forward = rules.flatMap((rule) =>
    ask(rule, facts, { direction: 'forward', loads, leg: (from) => ({ target, from }) }),
  );
  const seen = new Set(forward.filter(({ blocking }) => blocking).map(keyOf));
  const back = rules
    .filter((rule) => rule.onlyForward !== true)
    .flatMap((rule) => ask(rule, facts, { direction: 'rollback', loads, leg: (from) => legBack(from, target) }))
    .filter((finding) => finding.blocking && !seen.has(keyOf(finding)));
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

function ask(rule: Rule, facts: PreflightFacts, { direction, loads, leg }: Way): readonly Finding[] {
  const { cluster } = facts;
  const nodes = valueOr(facts.nodes, []);
  const contextFor = (running: Known<string>): ClusterContext | undefined => {
    const way = leg(valueOr(running, undefined));
    return way === undefined ? undefined : { cluster, nodes, ...way, direction, loads };
  };
  if (rule.scope === 'cluster' || !facts.nodes.known) {
    const context = contextFor(cluster.kubeProxy.configuredMode);
    if (context === undefined) return [];
    const listed = facts.nodes.known ? undefined : facts.nodes;
    return findings(rule, context, undefined, () => (rule.scope === 'cluster' ? rule.check(context) : listed));
  }
  const linux = facts.nodes.value.filter(({ os }) => os === 'linux');
  return linux.flatMap((node) => {
    const context = contextFor(node.kubeProxy.mode);
    return context === undefined ? [] : findings(rule, context, node.name, () => rule.check({ ...context, node }));
  });
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

function keyOf({ rule, node }: Finding): string {
  return `${rule} ${node ?? ''}`;
}
