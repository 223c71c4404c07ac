// From the findings about one mode to the answer a person asked for: can I switch to it?
import type { ProxyMode } from '../../api/fields.ts';
import type { PreflightFacts } from '../../preflight/facts/from-snapshot.ts';
import type { FindingGroup } from '../../preflight/report.ts';
import { valueOr } from '../../preflight/known.ts';
import { counted } from '../counted.ts';
import { EXIT } from '../exit-codes.ts';
import type { AssessedTarget, TargetVerdict } from './assessment.ts';

/** `groups` are those of `report` for this mode. */
export function judgeTarget(
  mode: ProxyMode,
  groups: readonly FindingGroup[],
  facts: PreflightFacts,
  isCurrent: boolean,
): AssessedTarget {
  const ids = (keep: (group: FindingGroup) => boolean): readonly string[] => [
    ...new Set(groups.filter(keep).map(({ rule }) => rule)),
  ];
  const rules = {
    blockedBy: ids(({ blocking, verdict }) => blocking && verdict === 'block'),
    undecided: ids(({ blocking, verdict }) => blocking && verdict === 'unknown'),
    accepted: ids(({ acceptedBy }) => acceptedBy !== undefined),
  };
  const warnings = ids(({ verdict }) => verdict === 'warn').length;
  const verdict = verdictOf(rules, isCurrent);
  return {
    mode,
    verdict,
    summary: isCurrent ? currentSummary(mode, facts) : summaryOf(verdict, rules, warnings),
    ...rules,
    warnings,
    notes: ids(({ verdict: said }) => said === 'info').length,
    upstream: isCurrent ? null : (valueOr(facts.cluster.distribution, undefined)?.upstream(mode) ?? null),
  };
}

/** The mode in force: no node is known to run another, and the configuration (or, where it was not seen, a node) says so. */
export function isModeInForce(mode: ProxyMode, { cluster, nodes }: PreflightFacts): boolean {
  const configured = valueOr(cluster.kubeProxy.configuredMode, undefined);
  const running = valueOr(nodes, []).flatMap(({ kubeProxy: { proxyMode } }) =>
    proxyMode.known ? [proxyMode.value] : [],
  );
  return (
    [...(configured === undefined ? [] : [configured]), ...running].every((one) => one === mode) &&
    (configured !== undefined || running.length > 0)
  );
}

type Rules = Pick<AssessedTarget, 'blockedBy' | 'undecided' | 'accepted'>;

function verdictOf({ blockedBy, undecided }: Rules, isCurrent: boolean): TargetVerdict {
  if (isCurrent) return 'current';
  if (blockedBy.length > 0) return 'blocked';
  return undecided.length > 0 ? 'unknown' : 'ready';
}

function summaryOf(verdict: TargetVerdict, { blockedBy, undecided, accepted }: Rules, warnings: number): string {
  const further = [
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
    ...(accepted.length > 0 ? [`${accepted.length} accepted`] : []),
  ];
  switch (verdict) {
    case 'blocked': {
      const more = undecided.length > 0 ? [`${undecided.length} more could block and cannot tell`] : [];
      return [`blocked by ${counted(blockedBy.length, 'rule')}`, ...more, ...further].join(', ');
    }
    case 'unknown':
      return [`cannot tell: nothing blocks that was seen, ${counted(undecided.length, 'rule')} could`, ...further].join(
        ', ',
      );
    case 'ready':
    case 'current':
      return further.length > 0 ? `ready, with ${further.join(' and ')}` : 'ready';
  }
}

function currentSummary(mode: ProxyMode, { cluster, nodes }: PreflightFacts): string {
  const linux = valueOr(nodes, []).filter(({ os }) => os === 'linux');
  const answered = linux.filter(({ kubeProxy }) => kubeProxy.proxyMode.known).length;
  const where =
    answered === 0 ? 'by the configuration; no node was heard' : `on ${answered} of ${counted(linux.length, 'node')}`;
  const unset =
    valueOr(cluster.kubeProxy.writtenMode, mode) === '' ? ', but only as the default: the mode is unset' : '';
  return `in force ${where}${unset}`;
}

/** A block outweighs what cannot be told; the mode in force is not in the way of anything. */
export function exitCodeOf(targets: readonly AssessedTarget[]): number {
  const verdicts = new Set(targets.map(({ verdict }) => verdict));
  if (verdicts.has('blocked')) return EXIT.blocked;
  return verdicts.has('unknown') ? EXIT.unknown : EXIT.ready;
}
