// The core: from what was observed to what is to be done next. Total, synchronous, without a clock or a die.
// Everything it decides can be decided again from the same facts; nothing is remembered between two calls.
import type { MigrationStatus } from '../api/migration.ts';
import { FINALIZER } from '../api/names.ts';
import { assist } from './assist.ts';
import { isAssist } from './assist-spec.ts';
import type { Course, Direction } from './course.ts';
import type { Plan, RecordWrite, Stand, Step } from './decision.ts';
import { milliseconds } from './duration.ts';
import { inTransit, isFailure, members, type Member } from './member.ts';
import { moved, type Move } from './move.ts';
import type { Blocked, MigrationFacts, Observed } from './observed.ts';
import { run } from './run.ts';
import { isThird, stalled, where } from './stand.ts';
import { start } from './start.ts';
import { migrationStatus } from './status.ts';

export function plan(seen: Observed): Plan {
  const { migration } = seen;
  const { status, deleting } = migration;
  const finished = planFinished(migration, seen.now);
  if (finished !== undefined) return finished;
  const untouched = status.startedAt === undefined || (status.config === undefined && !hasTransit(seen));
  // Strategy Assist has changed nothing.
  if (deleting && (untouched || isAssist(migration.spec))) return release(migration);
  const all = members(seen);
  const course = courseOf(seen, all);
  if (course === undefined) return assemble(seen, all, unparsable(seen, all));
  if (retryWanted(migration, course)) return assemble(seen, all, newAttempt(migration));
  // A deleted migration begins nothing: whatever it has begun is taken back.
  const begun = status.config?.appliedAt !== undefined || deleting;
  return assemble(seen, all, handled(migration, stage(seen, begun)(seen, all, course)));
}

/** What is done before the mode is changed, and what after: by us, or, with strategy Assist, by somebody else. */
function stage({ migration: { spec, status } }: Observed, begun: boolean): typeof start {
  if (isAssist(spec)) return status.config === undefined ? start : assist;
  return begun ? run : start;
}

/**
 * What remains to be done for a migration that is over, whatever the world looks like: nothing, or, where somebody asks
 * for it, to open it again. `undefined` while it is not over. Only its own spec and annotations can open it again.
 */
export function planFinished(migration: MigrationFacts, now: number): Plan | undefined {
  if (migration.status.finishedAt === undefined) return undefined;
  if (migration.deleting) return release(migration);
  const again = reopened(migration);
  if (again === undefined) return migration.hasFinalizer ? release(migration) : rest(migration);
  const stand: Stand = { kind: 'progressing', phase: 'Progressing', reason: 'Planning', message: again.message };
  const status = migrationStatus(frameOf(migration, now), stand, [], { finishedAt: undefined, ...again.fixed });
  return { ...nothing('leave'), status: { ...status, ...countsOf(migration.status) }, wake: now };
}

type Again = { readonly message: string; readonly fixed: Partial<MigrationStatus> };

function reopened(migration: MigrationFacts): Again | undefined {
  const { spec, status, generation } = migration;
  if (status.phase === 'Succeeded') {
    return status.observedGeneration === generation ? undefined : { message: 'the spec has changed', fixed: {} };
  }
  if (retryAsked(migration)) return nextAttempt(migration);
  const takeBack =
    status.phase === 'Failed' && spec.onFailure === 'Rollback' && status.observedGeneration !== generation;
  return takeBack ? { message: 'onFailure is Rollback now: switched nodes are taken back', fixed: {} } : undefined;
}

function hasTransit({ records }: Observed): boolean {
  return [...records.values()].some(inTransit);
}

/** What is said when the world could not even be observed: nothing is done until that changes. */
export function planBlocked(migration: MigrationFacts, now: number, blocked: Blocked): Plan {
  const over = migration.deleting && isNothingToRestore(migration, blocked);
  const phase = migration.status.startedAt === undefined ? 'Pending' : 'Progressing';
  const stand: Stand =
    blocked.passing === true
      ? { kind: 'progressing', phase, reason: blocked.reason, message: blocked.message }
      : stalled(blocked.reason, `${blocked.message}${remedyFor(migration, blocked)}`);
  return {
    ...nothing(over ? 'release' : 'leave'),
    status: { ...migrationStatus(frameOf(migration, now), stand, [], {}), ...countsOf(migration.status) },
    wake: now + 30_000,
  };
}

/** A migration whose kube-proxy is gone must not wedge its own deletion; but it may hold the only copy of a ConfigMap. */
function isNothingToRestore({ status }: MigrationFacts, { reason }: Blocked): boolean {
  const isLost = reason === 'ConfigMapNotFound' && status.config === undefined;
  return isLost || reason === 'KubeProxyNotFound' || status.startedAt === undefined;
}

function remedyFor({ name, deleting, spec, status }: MigrationFacts, { reason }: Blocked): string {
  if (reason !== 'ConfigMapNotFound' || status.config === undefined) return '';
  const copy = `let no kube-proxy restart; its text before the migration is kept: kubectl get pmm ${name} -o jsonpath='{.status.config.original}'; put it back under its key, with whatever other keys the ConfigMap had`;
  const remedy = spec.kubeProxy?.type === 'Systemd' ? '' : `; ${copy}`;
  const waits = `; the deletion waits for it, since nodes were switched or are in transit; to let go all the same, save the text and take the finalizer ${FINALIZER} off`;
  return `${remedy}${deleting ? waits : ''}`;
}

/** Counts that were true when last seen are better than none. */
function countsOf({ nodes, progress, inFlight, failures }: MigrationStatus): Partial<MigrationStatus> {
  const kept = { nodes, progress, inFlight, failures };
  return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
}

function courseOf(seen: Observed, all: readonly Member[]): Course | undefined {
  const { spec, status, deleting } = seen.migration;
  if (seen.configMode === undefined) return undefined;
  const back = !isAssist(spec) && (status.turnedBack !== undefined || all.some(isFailure) || deleting);
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
    watched: seen.watched,
  };
}

/** On the way back a broken ConfigMap is replaced by the original; otherwise a person has to decide. */
function unparsable(seen: Observed, all: readonly Member[]): Step {
  const { deleting, spec, status } = seen.migration;
  const { config, turnedBack } = status;
  const back = !isAssist(spec) && (deleting || turnedBack !== undefined || all.some(isFailure));
  const who = seen.configMap.lastWriter === undefined ? '' : `, last written by ${seen.configMap.lastWriter}`;
  const what = `${where(seen)}${who}: ${seen.configProblem ?? 'not a KubeProxyConfiguration'}`;
  const nowhere = { fixed: {}, moves: new Map<string, Move>() };
  if (back && config !== undefined) {
    const edit = { text: config.original, resourceVersion: seen.configMap.resourceVersion, why: 'restore' as const };
    const message = `${what}; putting its original back`;
    return {
      ...nowhere,
      stand: { kind: 'progressing', phase: 'RollingBack', reason: 'GivingBack', message },
      edit,
      again: 0,
    };
  }
  const remedy =
    config === undefined ? 'correct it' : 'correct it, or put back what .status.config.original of this object has';
  return { ...nowhere, stand: stalled('ConfigUnparsable', `${what}; ${remedy}`), again: 30_000 };
}

/** A retry acts on a migration that came to a stop after it had begun; at any other time it is only noted. */
function retryWanted(migration: MigrationFacts, course: Course): boolean {
  const { status } = migration;
  if (!retryAsked(migration) || status.startedAt === undefined || migration.deleting) return false;
  const halted = course.direction === 'halted' && status.config?.appliedAt !== undefined;
  const takenBack = (status.config?.edit?.tries ?? 0) > 1;
  return halted || takenBack || status.phase === 'Failed' || isThird(course);
}

function retryAsked({ retry, status }: MigrationFacts): boolean {
  return retry !== undefined && retry !== status.handledRetry;
}

function newAttempt(migration: MigrationFacts): Step {
  const { message, fixed } = nextAttempt(migration);
  const stand: Stand = { kind: 'progressing', phase: 'Progressing', reason: 'Planning', message };
  return { stand, fixed, moves: new Map(), again: 0 };
}

/** What a rollback needs is kept until it is recorded anew: a retry must not forget where the nodes came from. */
function nextAttempt({ retry, status }: MigrationFacts): Again {
  const attempt = (status.attempt ?? 1) + 1;
  const config = status.config === undefined ? undefined : { ...status.config, edit: undefined, appliedAt: undefined };
  const fixed = { attempt, handledRetry: retry, config, turnedBack: undefined };
  return { message: `attempt ${attempt}: reading the nodes anew`, fixed };
}

function handled({ retry, status }: MigrationFacts, step: Step): Step {
  const noted = retry === undefined || retry === status.handledRetry ? {} : { handledRetry: retry };
  return { ...step, fixed: { ...noted, ...step.fixed } };
}

function assemble(seen: Observed, all: readonly Member[], step: Step): Plan {
  const { migration, now } = seen;
  const then = moved(all, step.moves);
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
    survey: step.survey,
    tasks: step.tasks ?? [],
    trials: step.trials ?? [],
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
  const nobody = { deletePods: [], probes: [], lastWords: [], survey: undefined, tasks: [], trials: [] };
  return { finalizer, records: [], edit: undefined, ...nobody, wake: undefined };
}

function release(migration: MigrationFacts): Plan {
  return { ...nothing(migration.hasFinalizer ? 'release' : 'leave'), status: migration.status };
}

/** Only what a changed spec asks of the status is done. */
function rest(migration: MigrationFacts): Plan {
  return { ...nothing('leave'), status: { ...migration.status, observedGeneration: migration.generation } };
}
