// The core: from what was observed to what is to be done next. Total, synchronous, without a clock or a die.
// Everything it decides can be decided again from the same facts; nothing is remembered between two calls.
import type { MigrationStatus } from '../api/migration.ts';
import type { Course, Direction } from './course.ts';
import type { Plan, RecordWrite, Stand, Step } from './decision.ts';
import { milliseconds } from './duration.ts';
import { isFailure, members, type Member } from './member.ts';
import type { Move } from './move.ts';
import type { Blocked, MigrationFacts, Observed } from './observed.ts';
import { run } from './run.ts';
import { stalled } from './stand.ts';
import { start } from './start.ts';
import { takenBackLater } from './fill.ts';
import { migrationStatus } from './status.ts';

export function plan(seen: Observed): Plan {
  const { migration } = seen;
  const all = members(seen);
  if (migration.deleting && migration.status.startedAt === undefined) return release(seen);
  return settled(seen, all) ?? goOn(seen, all);
}

/** A migration that is over keeps its status, unless somebody asks for another attempt. */
function settled(seen: Observed, all: readonly Member[]): Plan | undefined {
  const { migration } = seen;
  const again = retryAsked(migration) && migration.status.phase !== 'Succeeded' && !migration.deleting;
  if (again || !isOver(migration, all)) return undefined;
  return migration.deleting || migration.hasFinalizer ? release(seen) : rest(seen);
}

function goOn(seen: Observed, all: readonly Member[]): Plan {
  const { migration } = seen;
  const course = courseOf(seen, all);
  if (course === undefined) return assemble(seen, all, unparsable(seen));
  if (retryWanted(migration, course)) return assemble(seen, all, newAttempt(migration));
  const step = migration.status.config?.appliedAt === undefined ? start(seen, all, course) : run(seen, all, course);
  return assemble(seen, all, handled(migration, step));
}

/** What is said when the world could not even be observed: nothing is done until that changes. */
export function planBlocked(migration: MigrationFacts, now: number, blocked: Blocked): Plan {
  // A migration whose kube-proxy is gone has nothing left to restore: it must not wedge its own deletion.
  const lost = blocked.reason === 'KubeProxyNotFound' || blocked.reason === 'ConfigMapNotFound';
  const over = migration.deleting && (lost || migration.status.startedAt === undefined);
  const stand = stalled(blocked.reason, blocked.message);
  return {
    ...nothing(over ? 'release' : 'leave'),
    status: { ...migrationStatus(frameOf(migration, now), stand, [], {}), ...countsOf(migration.status) },
    wake: now + 30_000,
  };
}

/** Counts that were true when last seen are better than none. */
function countsOf({ nodes, progress, inFlight, failures }: MigrationStatus): Partial<MigrationStatus> {
  const kept = { nodes, progress, inFlight, failures };
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}

function isOver({ spec, status, generation }: MigrationFacts, all: readonly Member[]): boolean {
  if (status.finishedAt === undefined) return false;
  switch (status.phase) {
    case 'Succeeded':
      return status.observedGeneration === generation;
    case 'RolledBack':
      return true;
    default:
      return spec.onFailure === 'Pause' || takenBackLater(all).length === 0;
  }
}

function courseOf(seen: Observed, all: readonly Member[]): Course | undefined {
  const { spec, status, deleting } = seen.migration;
  if (seen.configMode === undefined) return undefined;
  const back = all.some(isFailure) || deleting;
  const direction: Direction = back ? 'back' : seen.configMode === spec.mode ? 'forward' : 'halted';
  return {
    now: seen.now,
    attempt: status.attempt ?? 1,
    target: spec.mode,
    oldMode: status.config?.originalMode ?? seen.configMode,
    configMode: seen.configMode,
    direction,
    successes: spec.verify.successes,
    // The old mode has proved itself for longer than any soak: going back waits for its proof, not for time.
    soak: back ? 0 : milliseconds(spec.verify.soak),
    timeout: milliseconds(spec.rollout.nodeTimeout),
  };
}

function unparsable(seen: Observed): Step {
  const { namespace, configMap, key } = seen.kubeProxy;
  const message = `ConfigMap ${namespace}/${configMap}, key ${key}: ${seen.configProblem ?? 'not a KubeProxyConfiguration'}`;
  return { stand: stalled('ConfigUnparsable', message), fixed: {}, moves: new Map(), again: 30_000 };
}

/** A retry acts on a migration that came to a stop after it had begun; at any other time it is only noted. */
function retryWanted(migration: MigrationFacts, course: Course): boolean {
  const { status } = migration;
  if (!retryAsked(migration) || status.startedAt === undefined) return false;
  const halted = course.direction === 'halted' && status.config?.appliedAt !== undefined;
  return status.finishedAt !== undefined || halted || status.phase === 'Failed';
}

function retryAsked({ retry, status }: MigrationFacts): boolean {
  return retry !== undefined && retry !== status.handledRetry;
}

function newAttempt({ retry, status }: MigrationFacts): Step {
  const attempt = (status.attempt ?? 1) + 1;
  const stand: Stand = {
    kind: 'progressing',
    phase: 'Progressing',
    reason: 'Planning',
    message: `attempt ${attempt}: reading the nodes anew`,
  };
  const fixed = { attempt, handledRetry: retry, config: undefined, finishedAt: undefined };
  return { stand, fixed, moves: new Map(), again: 0 };
}

function handled({ retry, status }: MigrationFacts, step: Step): Step {
  const noted = retry === undefined || retry === status.handledRetry ? {} : { handledRetry: retry };
  return { ...step, fixed: { ...noted, ...step.fixed } };
}

function assemble(seen: Observed, all: readonly Member[], step: Step): Plan {
  const { migration, now } = seen;
  const then = all.map((member) => ({ ...member, status: step.moves.get(member.name)?.status ?? member.status }));
  const moves = [...step.moves.values()];
  const over = step.fixed.finishedAt !== undefined;
  return {
    finalizer: over ? 'leave' : step.hold === true && !migration.hasFinalizer ? 'hold' : 'leave',
    status: migrationStatus(frameOf(migration, now), step.stand, then, step.fixed),
    records: all.flatMap((member) => write(member, seen, step.moves.get(member.name))),
    edit: step.edit,
    deletePods: moves.flatMap((move) => move.deletePod ?? []),
    probes: moves.flatMap((move) => move.probe ?? []),
    lastWords: moves.flatMap((move) => move.lastWords ?? []),
    wake: earliest(now, step, moves),
  };
}

function write(member: Member, seen: Observed, move: Move | undefined): RecordWrite[] {
  const record = seen.records.get(member.name);
  if (move === undefined || (record !== undefined && move.status === record.status)) return [];
  if (move.status.phase === undefined) return [];
  const nodeUID = member.node?.uid ?? record?.nodeUID ?? '';
  const resourceVersion = member.recorded ? record?.resourceVersion : undefined;
  return [{ node: member.name, nodeUID, resourceVersion, status: move.status, before: member.status }];
}

function earliest(now: number, step: Step, moves: readonly Move[]): number | undefined {
  const times = moves.flatMap((move) => move.wake ?? []);
  if (step.again !== undefined) times.push(now + step.again);
  return times.length === 0 ? undefined : Math.min(...times);
}

function frameOf(
  { generation, status }: MigrationFacts,
  now: number,
): { now: number; generation: number; previous: MigrationStatus } {
  return { now, generation, previous: status };
}

function nothing(finalizer: Plan['finalizer']): Omit<Plan, 'status'> {
  return { finalizer, records: [], edit: undefined, deletePods: [], probes: [], lastWords: [], wake: undefined };
}

function release({ migration }: Observed): Plan {
  return { ...nothing(migration.hasFinalizer ? 'release' : 'leave'), status: migration.status };
}

/** Over: only what a changed spec asks of the status is done. */
function rest({ migration }: Observed): Plan {
  return { ...nothing('leave'), status: { ...migration.status, observedGeneration: migration.generation } };
}
