// The table before it is drawn: one row a rule, one column a mode. Rules that could not tell are put together by what was not seen.
import type { ProxyMode } from '../../../api/fields.ts';
import { reportRank } from '../../../preflight/catalogue-order.ts';
import type { Verdict } from '../../../preflight/finding.ts';
import type { AssessedFinding, Assessment } from '../assessment.ts';

export type Cell = { readonly verdict: Verdict; readonly accepted: boolean };

export type Row = {
  /** Refers to what is said about it below the table. */
  readonly number: number;
  readonly rule: string;
  /** About the way back from the mode of the column. */
  readonly isRollback: boolean;
  readonly cells: Readonly<Partial<Record<ProxyMode, Cell>>>;
  /** The strongest of the cells. */
  readonly worst: Verdict;
  /** "cluster", "all nodes", "A, B (3 of 20)". */
  readonly where: string;
  readonly findings: readonly AssessedFinding[];
};

/** Rules that could not tell for the same reason. */
export type UnknownRow = {
  readonly because: string;
  /** Rules that could block, by mode. */
  readonly counts: Readonly<Partial<Record<ProxyMode, number>>>;
  readonly rules: readonly string[];
};

export type Rows = {
  readonly told: readonly Row[];
  /** Only rules that could block: the others would at most warn. */
  readonly unknown: readonly UnknownRow[];
  /** Rules that could not tell and could at most warn. */
  readonly harmless: readonly UnknownRow[];
};

const STRENGTH: readonly Verdict[] = ['block', 'warn', 'unknown', 'info'];

/** In the assessment's own order: the gravest first. */
export function rowsOf(assessment: Assessment): Rows {
  const { findings } = assessment;
  const byRule = Map.groupBy(findings, ({ rule, direction }) => `${rule} ${direction}`);
  const rows = [...byRule.values()].map((same) => rowOf(same, assessment));
  const told = rows.filter(
    ({ worst, findings: own }) => worst !== 'unknown' || own.some(({ verdict }) => verdict !== 'unknown'),
  );
  const sorted = told.toSorted((a, b) => order(a, assessment) - order(b, assessment));
  const toldRules = new Set(told.flatMap(({ findings: own }) => own));
  const rest = findings.filter((finding) => finding.verdict === 'unknown' && !toldRules.has(finding));
  return {
    told: sorted.map((row, index) => ({ ...row, number: index + 1 })),
    unknown: unknownRows(rest.filter(({ blocking }) => blocking)),
    harmless: unknownRows(rest.filter(({ blocking }) => !blocking)),
  };
}

function rowOf(findings: readonly AssessedFinding[], assessment: Assessment): Omit<Row, 'number'> {
  const [first] = findings;
  const byTarget = Map.groupBy(findings, ({ target }) => target);
  const cells = Object.fromEntries([...byTarget].map(([target, same]) => [target, cellOf(same)]));
  const worst = strongest(findings.map(({ verdict }) => verdict));
  const decisive = findings.filter(({ verdict }) => verdict === worst);
  return {
    rule: first?.rule ?? '',
    isRollback: first?.direction === 'rollback',
    cells,
    worst,
    where: whereOf(decisive, assessment),
    findings,
  };
}

function cellOf(findings: readonly AssessedFinding[]): Cell {
  const verdict = strongest(findings.map((one) => one.verdict));
  const same = findings.filter((one) => one.verdict === verdict);
  return { verdict, accepted: same.every(({ acceptedBy }) => acceptedBy !== undefined) };
}

function strongest(verdicts: readonly Verdict[]): Verdict {
  return STRENGTH.find((one) => verdicts.includes(one)) ?? 'info';
}

/** What stands in the way of a mode that is not in force comes first, then by strength, then as reports are sorted. */
function order(row: Omit<Row, 'number'>, { targets }: Assessment): number {
  const { section = 0 } = row.findings[0] ?? {};
  return (
    (isInTheWay(row, targets) ? 0 : 100_000) +
    STRENGTH.indexOf(row.worst) * 10_000 +
    reportRank(row.rule) * 100 +
    section
  );
}

export function isInTheWay({ findings }: Pick<Row, 'findings'>, targets: Assessment['targets']): boolean {
  const wanted = targets.filter(({ verdict }) => verdict !== 'current').map(({ mode }) => mode);
  return findings.some(({ blocking, verdict, target }) => blocking && verdict === 'block' && wanted.includes(target));
}

function whereOf(findings: readonly AssessedFinding[], { nodes }: Assessment): string {
  if (findings.some(({ scope }) => scope === 'cluster') || nodes === null) return 'cluster';
  const hits = new Map<string, number>();
  for (const { groups } of findings)
    for (const { id, nodes: count } of groups) hits.set(id, Math.max(hits.get(id) ?? 0, count));
  const linux = nodes.groups.filter(({ os }) => os === 'linux');
  const isWhole = (id: string): boolean => nodes.groups.find((group) => group.id === id)?.nodes.length === hits.get(id);
  if (linux.length > 1 && linux.every(({ id }) => isWhole(id))) return 'all nodes';
  return [...hits]
    .map(([id, count]) => {
      const all = nodes.groups.find((group) => group.id === id)?.nodes.length ?? 0;
      return count === all ? id : `${id} (${count} of ${all})`;
    })
    .join(', ');
}

function unknownRows(findings: readonly AssessedFinding[]): readonly UnknownRow[] {
  const pairs = findings.flatMap((finding) => {
    const reasons = new Set(finding.messages.flatMap(({ because, message }) => (because ?? message).split('; ')));
    return [...reasons].map((because) => ({ because, finding }));
  });
  const byReason = Map.groupBy(pairs, ({ because }) => because);
  return [...byReason]
    .map(([because, same]) => {
      const byTarget = Map.groupBy(same, ({ finding }) => finding.target);
      const counts = [...byTarget].map(([target, of]) => [target, new Set(of.map(({ finding }) => finding.rule)).size]);
      return {
        because,
        counts: Object.fromEntries(counts) as UnknownRow['counts'],
        rules: [...new Set(same.map(({ finding }) => finding.rule))],
      };
    })
    .toSorted((a, b) => b.rules.length - a.rules.length);
}
