// The findings as people and machines read them: the most important first, the same finding of many nodes as one.
import { reportRank } from './catalogue-order.ts';
import type { Finding, Verdict } from './finding.ts';
import { SECTIONS } from './rule.ts';
import type { Rule, Section } from './rule.ts';

export type FindingGroup = Omit<Finding, 'node' | 'message' | 'fix'> & {
  readonly section: Section;
  /** In the order of the nodes; empty for a finding about the cluster. */
  readonly nodes: readonly string[];
  /** Different wordings, because nodes differ in what was observed; each with its nodes. */
  readonly messages: readonly { readonly message: string; readonly fix?: string; readonly nodes: readonly string[] }[];
};

/** For the parent's status: how many findings a rule has, by verdict. Nodes count one each. */
export type RuleCount = {
  readonly rule: string;
  readonly verdict: Verdict;
  readonly count: number;
  readonly blocking: boolean;
};

export type PreflightReport = {
  readonly groups: readonly FindingGroup[];
  readonly counts: readonly RuleCount[];
  /** Nodes with a blocking finding of their own. */
  readonly blockedNodes: readonly string[];
  /** A blocking finding about the cluster as a whole. */
  readonly clusterBlocked: boolean;
  /** Any of the two. */
  readonly blocked: boolean;
};

export function report(findings: readonly Finding[], rules: readonly Rule[]): PreflightReport {
  const sections = new Map(rules.map(({ id, section }) => [id, section]));
  const groups = grouped(findings, sections).toSorted(byImportance(rules));
  const blocking = findings.filter((finding) => finding.blocking);
  return {
    groups,
    counts: groups.map(({ rule, verdict, blocking: holds, nodes }) => ({
      rule,
      verdict,
      count: Math.max(1, nodes.length),
      blocking: holds,
    })),
    blockedNodes: [...new Set(blocking.flatMap(({ node }) => node ?? []))],
    clusterBlocked: blocking.some(({ scope }) => scope === 'cluster'),
    blocked: blocking.length > 0,
  };
}

function grouped(findings: readonly Finding[], sections: ReadonlyMap<string, Section>): readonly FindingGroup[] {
  const byKey = Map.groupBy(findings, ({ rule, verdict, direction, target, scope, acceptedBy }) =>
    [rule, verdict, direction, target, scope, acceptedBy ?? ''].join(' '),
  );
  return [...byKey.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { node: _node, message: _message, fix: _fix, ...common } = first;
    const section = sections.get(first.rule) ?? 1;
    return [{ ...common, section, nodes: same.flatMap(({ node }) => node ?? []), messages: wordings(same) }];
  });
}

function wordings(findings: readonly Finding[]): FindingGroup['messages'] {
  const byText = Map.groupBy(findings, ({ message, fix }) => `${message}\n${fix ?? ''}`);
  return [...byText.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { message, fix } = first;
    return [{ message, ...(fix === undefined ? {} : { fix }), nodes: same.flatMap(({ node }) => node ?? []) }];
  });
}

const SEVERITY: Readonly<Record<Verdict, number>> = { block: 1, warn: 2, unknown: 3, info: 4 };

type Ranked = Pick<Finding, 'rule' | 'verdict' | 'direction' | 'blocking'>;

/** Whatever holds the migration back first, then by severity, then section 12 of the catalogue, then its own order. */
export function byImportance(rules: readonly Rule[]): (a: Ranked, b: Ranked) => number {
  const sections = new Map(rules.map(({ id, section }) => [id, section]));
  const numbers = ({ rule, verdict, direction, blocking }: Ranked): readonly number[] => [
    blocking ? 0 : 1,
    SEVERITY[verdict],
    direction === 'forward' ? 0 : 1,
    reportRank(rule),
    SECTION_ORDER.indexOf(sections.get(rule) ?? 1),
  ];
  return (a, b) => {
    const left = numbers(a);
    const right = numbers(b);
    const at = left.findIndex((value, index) => value !== right[index]);
    return at === -1 ? a.rule.localeCompare(b.rule, 'en') : (left[at] ?? 0) - (right[at] ?? 0);
  };
}

const SECTION_ORDER = Object.keys(SECTIONS).map(Number) as readonly Section[];
