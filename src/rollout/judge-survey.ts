// From the facts of the cluster, and of one node after the other as each is looked at, to what stands in the way, what is on
// each node, and what each node needs. Of a node that has been judged only this is kept: thousands are looked at.
import type { MigrationSpec } from '../api/migration.ts';
import { MOST_FINDINGS, type NodeFinding, type RuleCount } from '../api/preflight-status.ts';
import { printable } from '../kubeproxy/printable.ts';
import { CATALOGUE } from '../preflight/catalogue.ts';
import type { PreflightFacts } from '../preflight/facts/from-snapshot.ts';
import type { ProbeFacts } from '../preflight/facts/probe.ts';
import type { Finding } from '../preflight/finding.ts';
import { valueOr } from '../preflight/known.ts';
import { byImportance } from '../preflight/report.ts';
import { judgeCluster, judgeNode, type PreflightOptions } from '../preflight/run.ts';
import { isAssist, OWNER_RULES } from './assist-spec.ts';
import { needsOf, NOTHING_NEEDED } from './needs.ts';
import type { Done, NodeCheck } from './survey.ts';

const LONGEST = 512;

export type Judging = {
  /** `probe`: what was seen on the node; undefined where nobody looks at nodes. */
  readonly judge: (node: string, at: number, probe: ProbeFacts | undefined) => void;
  /** Nodes that were not judged until now were away. */
  readonly conclude: (at: number) => Done;
};

/** What one rule says in one way, wherever it does: `first` is the finding of the first node in the cluster's order. */
type Tally = { readonly first: Finding; readonly index: number; readonly nodes: number };

/** Of these nodes only, where they are given. */
export function judging(facts: PreflightFacts, spec: MigrationSpec, only?: ReadonlySet<string>): Judging {
  const options: PreflightOptions = {
    target: spec.mode,
    rules: CATALOGUE,
    accept: spec.preflight.accept.map((rule) => ({ rule, by: takenBy(rule, spec) })),
    loads: spec.preflight.kernelModules === 'Load',
  };
  const listed = valueOr(facts.nodes, []).filter(({ name }) => only === undefined || only.has(name));
  const indexes = new Map(listed.map(({ name }, index) => [name, index]));
  const checks = new Map<string, NodeCheck>();
  const tallies = new Map<string, Tally>();
  const share = sharing();

  const count = (finding: Finding, index: number): void => {
    const key = keyOf(finding);
    const known = tallies.get(key);
    const nodes = (known?.nodes ?? 0) + (finding.node === undefined ? 0 : 1);
    const isFirst = known === undefined || index < known.index;
    tallies.set(key, isFirst ? { first: finding, index, nodes } : { ...known, nodes });
  };

  const judge = (name: string, lookedAt: number | undefined, probe: ProbeFacts | undefined): void => {
    const index = indexes.get(name);
    const listedAs = index === undefined ? undefined : listed[index];
    if (index === undefined || listedAs === undefined || checks.has(name)) return;
    const node = probe === undefined ? listedAs : { ...listedAs, probe };
    const found = judgeNode(facts, node, options);
    for (const finding of found) count(finding, index);
    const own = found.filter(isWorthKeeping).toSorted(BY_IMPORTANCE).slice(0, MOST_FINDINGS);
    const needs = needsOf(node, facts, spec);
    const isReady = needs.modules.length + needs.sysctls.length === 0;
    checks.set(name, { lookedAt, findings: own.map(share), needs: isReady ? NOTHING_NEEDED : needs });
  };

  for (const finding of judgeCluster(facts, options)) count(finding, -1);
  return {
    judge,
    conclude(at) {
      for (const { name } of listed) judge(name, undefined, undefined);
      const sorted = [...tallies.values()].toSorted((a, b) => BY_IMPORTANCE(a.first, b.first));
      return {
        kind: 'done',
        at,
        rules: sorted.slice(0, MOST_FINDINGS).map(counted),
        blocking: new Set(sorted.filter(({ first }) => first.blocking).map(({ first }) => first.rule)).size,
        nodes: new Map(listed.flatMap(({ name }) => entryOf(name, checks))),
      };
    },
  };
}

function takenBy(rule: string, spec: MigrationSpec): string {
  return isAssist(spec) && OWNER_RULES.includes(rule) ? 'rollout.strategy Assist' : 'spec.preflight.accept';
}

const BY_IMPORTANCE = byImportance(CATALOGUE);

function entryOf(name: string, checks: ReadonlyMap<string, NodeCheck>): (readonly [string, NodeCheck])[] {
  const check = checks.get(name);
  return check === undefined ? [] : [[name, check]];
}

/** What is the same on every node, and asks nothing of anybody, is counted in the migration: thousands of records need not repeat it. */
function isWorthKeeping({ blocking, verdict }: Finding): boolean {
  return blocking || verdict === 'block' || verdict === 'warn';
}

function keyOf({ rule, verdict, direction, acceptedBy }: Finding): string {
  return `${rule} ${verdict} ${direction} ${acceptedBy ?? ''}`;
}

/** Nodes of one pool are alike: what is said of thousands of them is kept once. */
function sharing(): (finding: Finding) => NodeFinding {
  const known = new Map<string, NodeFinding>();
  return (finding) => {
    const key = `${keyOf(finding)} ${finding.message}\n${finding.fix ?? ''}`;
    const same = known.get(key) ?? onNode(finding);
    known.set(key, same);
    return same;
  };
}

function onNode({ rule, verdict, blocking, message, fix, direction }: Finding): NodeFinding {
  return { rule, verdict, blocking, ...words(direction, message, fix) };
}

function counted({ first, nodes }: Tally): RuleCount {
  const { rule, verdict, blocking, message, fix, direction, acceptedBy } = first;
  const accepted = acceptedBy === undefined ? {} : { accepted: acceptedBy };
  return { rule, verdict, blocking, nodes, ...words(direction, message, fix), ...accepted };
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
