// From the edited ConfigMap to the end: nodes in transit go on, then free slots are filled, forward or back.
import type { Reason } from '../api/reasons.ts';
import { advance } from './advance.ts';
import type { Course } from './course.ts';
import type { Stand, Step } from './decision.ts';
import { humanDuration } from './duration.ts';
import { backward, forward } from './fill.ts';
import { inTransit, isFailure, phaseOf, type Member } from './member.ts';
import { enter, stay, type Move } from './move.ts';
import type { Observed } from './observed.ts';
import { adopt } from './out-of-turn.ts';
import { restore } from './restore.ts';
import { stalled, where } from './stand.ts';
import { standing } from './standing.ts';
import { epoch, iso } from './time.ts';

export function run(seen: Observed, all: readonly Member[], course: Course): Step {
  const moves = new Map(all.map((member) => [member.name, step(member, course)]));
  for (const [name, move] of fill(seen, after(all, moves), course)) moves.set(name, move);
  const then = after(all, moves);
  const back = then.some(isFailure) || seen.migration.deleting;
  const edit = back && course.configMode === course.target ? restore(seen, course) : undefined;
  const stand =
    edit?.kind === 'problem'
      ? stalled('ConfigUnparsable', `${where(seen)}: ${edit.message}`)
      : standing(seen, then, { ...course, direction: back ? 'back' : course.direction });
  return {
    stand,
    fixed: ended(seen, stand),
    moves,
    hold: true,
    ...(edit?.kind === 'edit' ? { edit: edit.edit } : {}),
    // The pass that found the failure has nothing more to do; the next one gives the node its mode back.
    ...(back && course.direction !== 'back' ? { again: 0 } : {}),
  };
}

function after(all: readonly Member[], moves: ReadonlyMap<string, Move>): Member[] {
  return all.map((member) => ({ ...member, status: moves.get(member.name)?.status ?? member.status }));
}

function step(member: Member, course: Course): Move {
  if (!member.recorded && member.node !== undefined)
    return course.configMode === course.target ? adopt(member, course) : stay(member);
  return absent(member, course) ?? advance(member, course);
}

/** A node that cannot take its turn gets as long as any other step before it is left out. */
function absent(member: Member, course: Course): Move | undefined {
  if (phaseOf(member) !== 'Pending' || member.node === undefined) return undefined;
  if (!member.node.ready) {
    const since = member.node.readyChangedAt;
    const message = `the node has been NotReady for ${humanDuration(course.now - since)}`;
    return leaveOut(member, course, { since, reason: 'NodeNotReady', message });
  }
  if (member.pod !== undefined) return undefined;
  const began = member.status.startedAt;
  if (began === undefined) return { status: { ...member.status, startedAt: iso(course.now) }, wake: course.now };
  const message = 'no kube-proxy pod runs on the node';
  return leaveOut(member, course, { since: epoch(began), reason: 'NoKubeProxyPod', message });
}

type Absence = { readonly since: number; readonly reason: Reason; readonly message: string };

function leaveOut(member: Member, course: Course, { since, reason, message }: Absence): Move {
  const until = since + course.timeout;
  if (course.now < until) return { status: member.status, wake: until };
  return { status: enter(member, course, 'Skipped', { reason, message, fields: { result: 'Skipped' } }) };
}

function fill(seen: Observed, all: readonly Member[], course: Course): Map<string, Move> {
  const { spec, deleting } = seen.migration;
  if (spec.paused && !deleting) return new Map();
  if (course.direction === 'forward' && !all.some(isFailure)) return forward(seen, all, course);
  const settled = all.every((member) => !isFailure(member) || !inTransit(member)) && !all.some(isStranded);
  const wanted = spec.onFailure === 'Rollback' && course.direction === 'back' && course.configMode !== course.target;
  return wanted && settled ? backward(seen, all, course) : new Map();
}

function isStranded(member: Member): boolean {
  return phaseOf(member) === 'Stranded';
}

/** The original bytes are dropped once nobody can want them back. */
function ended(seen: Observed, stand: Stand): Step['fixed'] {
  if (stand.phase === 'Succeeded' || stand.phase === 'RolledBack')
    return { finishedAt: iso(seen.now), config: undefined };
  return stand.reason === 'NodeFailed' ? { finishedAt: iso(seen.now) } : { finishedAt: undefined };
}
