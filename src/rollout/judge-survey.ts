// From the facts of the whole cluster to what stands in the way, what is on each node, and what each node needs.
import type { MigrationSpec } from '../api/migration.ts';
import type { NodeFinding, RuleCount } from '../api/preflight-status.ts';
import { printable } from '../kubeproxy/printable.ts';
import { CATALOGUE } from '../preflight/catalogue.ts';
import type { PreflightFacts } from '../preflight/facts/from-snapshot.ts';
import type { Finding } from '../preflight/finding.ts';
import { valueOr } from '../preflight/known.ts';
import { report, type FindingGroup } from '../preflight/report.ts';
import { runRules } from '../preflight/run.ts';
import { needsOf } from './needs.ts';
import type { NodeCheck, Survey } from './survey.ts';

const MOST_RULES = 40;
const MOST_ON_NODE = 40;
const LONGEST = 512;

export function judge(facts: PreflightFacts, spec: MigrationSpec, at: number): Extract<Survey, { kind: 'done' }> {
  const accept = spec.preflight.accept.map((rule) => ({ rule, by: 'spec.preflight.accept' }));
  const found = runRules(facts, {
    target: spec.mode,
    rules: CATALOGUE,
    accept,
    loads: spec.preflight.kernelModules === 'Load',
  });
  const { groups } = report(found, CATALOGUE);
  const byNode = Map.groupBy(found, ({ node }) => node);
  const rank = new Map(groups.map((group, index) => [keyOf(group), index]));
  const order = (finding: Finding): number => rank.get(keyOf(finding)) ?? groups.length;
  const nodes = valueOr(facts.nodes, []).map((node): [string, NodeCheck] => {
    const own = (byNode.get(node.name) ?? []).filter(isWorthKeeping).toSorted((a, b) => order(a) - order(b));
    return [node.name, { findings: own.slice(0, MOST_ON_NODE).map(onNode), needs: needsOf(node, facts, spec) }];
  });
  return {
    kind: 'done',
    at,
    rules: groups.slice(0, MOST_RULES).map(counted),
    blocking: new Set(groups.filter(({ blocking }) => blocking).map(({ rule }) => rule)).size,
    nodes: new Map(nodes),
  };
}

/** What is the same on every node, and asks nothing of anybody, is counted in the migration: thousands of records need not repeat it. */
function isWorthKeeping({ blocking, verdict }: Finding): boolean {
  return blocking || verdict === 'block' || verdict === 'warn';
}

function keyOf({ rule, verdict, direction }: Pick<Finding, 'rule' | 'verdict' | 'direction'>): string {
  return `${rule} ${verdict} ${direction}`;
}

function onNode({ rule, verdict, blocking, message, fix, direction }: Finding): NodeFinding {
  return { rule, verdict, blocking, ...words(direction, message, fix) };
}

function counted({ rule, verdict, blocking, messages, nodes, direction, acceptedBy }: FindingGroup): RuleCount {
  const [first] = messages;
  const accepted = acceptedBy === undefined ? {} : { accepted: acceptedBy };
  return {
    rule,
    verdict,
    blocking,
    nodes: nodes.length,
    ...words(direction, first?.message ?? '', first?.fix),
    ...accepted,
  };
}

function words(
  direction: Finding['direction'],
  message: string,
  fix: string | undefined,
): Pick<NodeFinding, 'message' | 'fix'> {
  const way = direction === 'rollback' ? 'On the way back: ' : '';
  const told = (text: string): string => printable(text).slice(0, LONGEST);
  return { message: told(`${way}${message}`), ...(fix === undefined ? {} : { fix: told(fix) }) };
}
