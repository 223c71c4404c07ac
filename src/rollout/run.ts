// From the edited ConfigMap to the end: nodes in transit go on, then free slots are filled, forward or back.
import type { Reason } from '../api/reasons.ts';
import { advance } from './advance.ts';
import { audited } from './audit.ts';
import { withBridges } from './bridge.ts';
import type { Course } from './course.ts';
import type { Stand, Step } from './decision.ts';
import { humanDuration } from './duration.ts';
import { backward, forward, unavailable } from './fill.ts';
import { lookAtLate, whyOf, type Late } from './late.ts';
import { catchUp, inWords, leftChanged, undo, type Work } from './make-ready.ts';
import { inTransit, isFailure, phaseOf, type Member } from './member.ts';
import { enter, joined, moved, type Move } from './move.ts';
import type { Observed } from './observed.ts';
import { adopt } from './out-of-turn.ts';
import { restore } from './restore.ts';
import { stalled, where } from './stand.ts';
import { because, standing } from './standing.ts';
import { tidied } from './tidy.ts';
import { epoch, iso } from './time.ts';
import { tryLate } from './trial.ts';

/** How soon (ms) one looks again whether what was changed can be put back. */
const RETRY = 60_000;

export function run(seen: Observed, all: readonly Member[], course: Course): Step {
  const driven = withBridges(seen, all, course, drive(seen, all, course));
  const late = isBusy(seen, course) ? caughtUp(seen, all, course, driven) : undefined;
  if (late !== undefined) return late;
  // What was changed to make nodes ready is put back last, when every node is back in its old mode.
  const isBack =
    driven.stand.phase === 'RolledBack' || (seen.migration.deleting && driven.stand.reason === 'NodeFailed');
  const putBack = isBack ? puttingBack(seen, all, course, driven) : driven;
  const isOver = ended(seen, putBack.stand).finishedAt !== undefined;
  const last = isOver ? tidied(seen, moved(all, putBack.moves), putBack) : putBack;
  return { ...last, fixed: { ...ended(seen, last.stand), ...last.fixed } };
}

function isBusy({ migration }: Observed, { direction }: Course): boolean {
  return direction === 'forward' && !migration.spec.paused;
}

/**
 * Nodes that were away when the others were looked at and made ready: it is done before their turn, and the others go on
 * meanwhile. `undefined`: there are none.
 */
function caughtUp(seen: Observed, all: readonly Member[], course: Course, driven: Step): Step | undefined {
  const look = lookAtLate(seen, moved(all, driven.moves), course);
  const looked = new Map([...driven.moves, ...look.moves]);
  const work = catchUp(seen, moved(all, looked), course);
  const ready = joined(looked, work.moves);
  const trials = tryLate(seen, moved(all, ready));
  const isIdle = work.moves.size + work.open.length + trials.moves.size === 0;
  const isTried = trials.open.length + trials.inTheWay.length === 0;
  if (look.survey === undefined && isIdle && isTried) return undefined;
  const moves = joined(ready, trials.moves);
  const inTheWay: readonly InTheWay[] = [
    ...look.inTheWay.map((one) => ({ ...one, holds: [one.node] })),
    ...trials.inTheWay.map(({ finding, ...one }) => ({ ...one, why: whyOf(finding) })),
  ];
  const stand = standingWithLate(driven.stand, moved(all, moves), inTheWay, work);
  const again = look.moves.size + work.moves.size + trials.moves.size > 0 ? 0 : RETRY;
  const survey = look.survey === undefined ? {} : { survey: look.survey };
  const tasks = [...(driven.tasks ?? []), ...work.tasks];
  const due = Math.min(again, driven.again ?? again);
  return { ...driven, stand, moves, tasks, trials: trials.tasks, again: due, ...survey };
}

type InTheWay = Late['inTheWay'][number] & { readonly holds: readonly string[] };

/** Once nothing but them, and what waits for them, is left, somebody has to do something. */
function standingWithLate(
  stand: Stand,
  all: readonly Member[],
  inTheWay: readonly InTheWay[],
  { problem }: Work,
): Stand {
  const first = inTheWay[0];
  const blocked = first === undefined ? '' : `; ${first.node} does not get its turn: ${first.why}`;
  const told = problem === undefined ? blocked : `${blocked}; not ready for its turn: ${problem}`;
  const held = new Set(inTheWay.flatMap(({ holds }) => holds));
  const isBusyWithOthers = all.some((member) => inTransit(member) || (isWaiting(member) && !held.has(member.name)));
  if (first === undefined || isBusyWithOthers) return { ...stand, message: `${stand.message}${told}` };
  const more = held.size > 1 ? ` (and ${held.size - 1} more)` : '';
  const message = `${stand.message}; node ${first.node}${more} came after the others had been looked at, and is not touched: ${first.why}`;
  if (first.reason !== undefined) return stalled(first.reason, message);
  const remedy = 'do what the fixes in its NodeMigration say, or add the rule to spec.preflight.accept';
  return stalled('PreflightBlocked', `${message.replace(/\.$/, '')}; ${remedy}`);
}

function isWaiting(member: Member): boolean {
  return phaseOf(member) === 'Pending' && member.selected;
}

function drive(seen: Observed, all: readonly Member[], course: Course): Step {
  const audits = all.map((member) => ({ name: member.name, ...audited(seen, member, step(member, course), course) }));
  const moves = new Map(audits.map(({ name, move }) => [name, move]));
  for (const [name, move] of fill(seen, moved(all, moves), course)) moves.set(name, move);
  const then = moved(all, moves);
  const back = course.direction === 'back' || then.some(isFailure);
  const edit = back && course.configMode === course.target ? restore(seen, course) : undefined;
  const stand =
    edit?.kind === 'problem'
      ? stalled('ConfigUnparsable', `${where(seen)}: ${edit.message}`)
      : standing(seen, then, { ...course, direction: back ? 'back' : course.direction });
  return {
    stand,
    fixed: turn(seen, then),
    moves,
    tasks: audits.flatMap(({ task }) => task ?? []),
    hold: true,
    ...(edit?.kind === 'edit' ? { edit: edit.edit } : {}),
    ...soon(then, course, back),
  };
}

function puttingBack(seen: Observed, all: readonly Member[], course: Course, driven: Step): Step {
  const then = moved(all, driven.moves);
  const work = undo(seen, then, course);
  if (work.moves.size + work.open.length === 0) {
    const { stand } = driven;
    return { ...driven, stand: { ...stand, message: `${stand.message}${leftChanged(then)}` } };
  }
  const rest = work.open.length === 0 ? '' : `: ${inWords(work)}`;
  const message = `${driven.stand.message}; putting kernel modules and sysctls back as they were${rest}`;
  const stand: Stand = { kind: 'progressing', phase: 'RollingBack', reason: 'RollingBack', message };
  const moves = joined(driven.moves, work.moves);
  const tasks = [...(driven.tasks ?? []), ...work.tasks];
  return { ...driven, stand, moves, tasks, again: work.moves.size > 0 ? 0 : RETRY };
}

/** The pass that found a failure is followed by the one that gives the mode back; sick nodes are waited for until they hold no slot. */
function soon(all: readonly Member[], course: Course, back: boolean): { again?: number } {
  if (back && course.direction !== 'back') return { again: 0 };
  const away = unavailable(all, course).map(({ node }) => (node?.readyChangedAt ?? 0) + course.timeout - course.now);
  return away.length === 0 ? {} : { again: Math.max(0, Math.min(...away)) };
}

/** The turn is kept: a failed node may leave the cluster, and its record with it. */
function turn({ migration, now }: Observed, all: readonly Member[]): Step['fixed'] {
  if (migration.status.turnedBack !== undefined || !all.some(isFailure)) return {};
  return { turnedBack: { at: iso(now), because: because(all).slice(0, 512) } };
}

function step(member: Member, course: Course): Move {
  return (
    absent(member, course) ??
    unselected(member, course) ??
    (isNew(member) ? adopt(member, course) : advance(member, course))
  );
}

/** Nothing is known of what it ran before. */
function isNew(member: Member): boolean {
  return member.node !== undefined && phaseOf(member) === 'Pending' && member.status.before === undefined;
}

/** The selection may be narrowed, or a label taken away, while a node waits. */
function unselected(member: Member, course: Course): Move | undefined {
  const waits = phaseOf(member) === 'Pending' && member.recorded && course.direction === 'forward';
  if (!waits || member.selected || member.node === undefined) return undefined;
  const message = 'outside spec.nodeSelector, watched because it shares the ConfigMap';
  return {
    status: enter(member, course, 'Skipped', { reason: 'NotSelected', message, fields: { result: 'Skipped' } }),
  };
}

/** A node that cannot take its turn gets as long as any other step before it is left out. */
function absent(member: Member, course: Course): Move | undefined {
  if (member.node === undefined) return undefined;
  const waits = phaseOf(member) === 'Pending';
  if (!member.node.ready) {
    const lost = phaseOf(member) === 'Switched' && course.direction === 'back';
    if (!waits && !lost) return undefined;
    const since = member.node.readyChangedAt;
    const message = `the node has been NotReady for ${humanDuration(course.now - since)}`;
    return leaveOut(member, course, { since, reason: 'NodeNotReady', message });
  }
  if (!waits || member.pod !== undefined) return undefined;
  const began = member.status.startedAt;
  if (began === undefined) return { status: { ...member.status, startedAt: iso(course.now) }, wake: course.now };
  const message = 'no kube-proxy pod runs on the node';
  return leaveOut(member, course, { since: epoch(began), reason: 'NoKubeProxyPod', message });
}

type Absence = { readonly since: number; readonly reason: Reason; readonly message: string };

function leaveOut(member: Member, course: Course, { since, reason, message }: Absence): Move {
  const until = since + course.timeout;
  if (course.now < until) return { status: member.status, wake: until };
  // A switched node cannot be taken back while it is away: a person has to know. When it returns, it is.
  const replacing = member.pod === undefined ? {} : { replacing: member.pod.uid };
  if (phaseOf(member) === 'Switched') {
    return {
      status: enter(member, course, 'Stranded', { reason, message, fields: { result: 'RolledBack', ...replacing } }),
    };
  }
  return { status: enter(member, course, 'Skipped', { reason, message, fields: { result: 'Skipped' } }) };
}

function fill(seen: Observed, all: readonly Member[], course: Course): Map<string, Move> {
  const { spec, deleting } = seen.migration;
  if (spec.paused && !deleting) return new Map();
  if (course.direction === 'forward' && !all.some(isFailure)) return forward(seen, all, course);
  // A node that serves neither mode stops everything; one that is only away does not.
  const settled = all.every((member) => !isFailure(member) || !inTransit(member)) && !all.some(isBroken);
  const wanted = spec.onFailure === 'Rollback' && course.direction === 'back' && course.configMode === course.oldMode;
  return wanted && settled ? backward(seen, all, course) : new Map();
}

function isBroken(member: Member): boolean {
  return phaseOf(member) === 'Stranded' && member.node?.ready === true;
}

/** The original bytes are dropped once nobody can want them back. */
function ended(seen: Observed, stand: Stand): Step['fixed'] {
  if (stand.phase === 'Succeeded' || stand.phase === 'RolledBack')
    return { finishedAt: iso(seen.now), config: undefined };
  return stand.reason === 'NodeFailed' ? { finishedAt: iso(seen.now) } : { finishedAt: undefined };
}
