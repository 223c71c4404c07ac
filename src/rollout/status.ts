// The migration's status, built anew from what was observed and decided. One write a pass carries it.
import type { Condition, NodeCounts } from '../api/fields.ts';
import type { MigrationStatus } from '../api/migration.ts';
import { printable } from '../kubeproxy/printable.ts';
import type { Stand } from './decision.ts';
import { inTransit, phaseOf, type Member } from './member.ts';
import { compareNames } from './order.ts';
import { iso } from './time.ts';

type Failure = NonNullable<MigrationStatus['failures']>[number];
const FIRST_FAILURES = 10;
const FIRST_IN_FLIGHT = 100;

/** Members that count: nodes outside the selection do only once they have moved. */
function counted(all: readonly Member[]): Member[] {
  return all.filter((member) => member.status.reason !== 'NotSelected');
}

export function count(all: readonly Member[]): NodeCounts {
  const members = counted(all);
  const of = (...phases: string[]): number => members.filter((member) => phases.includes(phaseOf(member))).length;
  return {
    total: members.length,
    pending: of('Pending'),
    inFlight: members.filter(inTransit).length,
    switched: of('Switched'),
    fellBack: members.filter(({ status }) => status.result === 'FellBack').length,
    failed: members.filter(({ status }) => status.result === 'Failed').length,
    rolledBack: of('RolledBack'),
    skipped: of('Skipped'),
  };
}

export function failures(all: readonly Member[]): Failure[] {
  return all
    .filter(({ status }) => status.result === 'FellBack' || status.result === 'Failed' || status.phase === 'Stranded')
    .toSorted(
      (a, b) => compareNames(a.status.startedAt ?? '', b.status.startedAt ?? '') || compareNames(a.name, b.name),
    )
    .map(({ name, status }) => ({
      node: name,
      result: resultOf(status),
      message: (status.message ?? '').slice(0, 512),
    }));
}

function resultOf(status: Member['status']): Failure['result'] {
  if (status.phase === 'Stranded') return 'Stranded';
  return status.result === 'FellBack' ? 'FellBack' : 'Failed';
}

export type Frame = { readonly now: number; readonly generation: number; readonly previous: MigrationStatus };

/** `fixed` are the durable fields that this pass sets; everything else is derived. */
export function migrationStatus(
  frame: Frame,
  stand: Stand,
  all: readonly Member[],
  fixed: Partial<MigrationStatus>,
): MigrationStatus {
  const nodes = count(all);
  const failed = failures(all).slice(0, FIRST_FAILURES);
  const inFlight = all
    .filter(inTransit)
    .map(({ name }) => name)
    .toSorted(compareNames);
  return {
    ...durable(frame.previous),
    ...fixed,
    observedGeneration: frame.generation,
    phase: stand.phase,
    message: printable(stand.message).slice(0, 1024),
    progress: `${nodes.switched}/${nodes.total}`,
    nodes,
    ...(inFlight.length > 0 ? { inFlight: inFlight.slice(0, FIRST_IN_FLIGHT) } : {}),
    ...(failed.length > 0 ? { failures: failed } : {}),
    conditions: conditions(frame, stand),
  };
}

function durable(status: MigrationStatus): MigrationStatus {
  const { startedAt, finishedAt, turnedBack, attempt, handledRetry, kubeProxy, config, plan, preflight } = status;
  const kept = { startedAt, finishedAt, turnedBack, attempt, handledRetry, kubeProxy, config, plan, preflight };
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}

/** Ready, Reconciling, Stalled as kstatus reads them: Ready=False alone is still in progress, only Stalled=True is failed. */
function conditions({ now, generation, previous }: Frame, stand: Stand): Condition[] {
  const is = {
    Ready: stand.kind === 'done',
    Reconciling: stand.kind === 'progressing',
    Stalled: stand.kind === 'stalled',
  };
  return Object.entries(is).map(([type, truth]) => {
    const status = truth ? 'True' : 'False';
    const old = previous.conditions?.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : iso(now);
    return {
      type,
      status,
      reason: stand.reason,
      message: printable(stand.message).slice(0, 1024),
      lastTransitionTime,
      observedGeneration: generation,
    };
  });
}
