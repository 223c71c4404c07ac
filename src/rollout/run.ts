// From the edited ConfigMap to the end: nodes in transit go on, then free slots are filled, forward or back.
import { advance } from './advance.ts';
import { adopt } from './baseline.ts';
import type { Course } from './course.ts';
import type { Stand, Step } from './decision.ts';
import { humanDuration } from './duration.ts';
import { backward, forward } from './fill.ts';
import { inTransit, isFailure, phaseOf, type Member } from './member.ts';
import { stay, type Move } from './move.ts';
import type { Observed } from './observed.ts';
import { restore } from './restore.ts';
import { stalled, where } from './stand.ts';
import { standing } from './standing.ts';
import { epoch, iso } from './time.ts';

export function run(seen: Observed, all: readonly Member[], course: Course): Step {
  const moves = new Map(all.map((member) => [member.name, step(member, course)]));
  const now = all.map((member) => ({ ...member, status: moves.get(member.name)?.status ?? member.status }));
  for (const [name, move] of fill(seen, now, course)) moves.set(name, move);
  const then = all.map((member) => ({ ...member, status: moves.get(member.name)?.status ?? member.status }));
  const back = then.some(isFailure) || seen.migration.deleting;
  const edit = back && course.configMode === course.target ? restore(seen, course) : undefined;
  if (edit?.kind === 'problem')
    return { stand: stalled('ConfigUnparsable', `${where(seen)}: ${edit.message}`), fixed: {}, moves };
  const stand = standing(seen, then, { ...course, direction: back ? 'back' : course.direction });
  return {
    stand,
    fixed: ended(seen, stand),
    moves,
    hold: true,
    ...(edit === undefined ? {} : { edit: edit.edit }),
    ...(back && course.direction !== 'back' ? { again: 0 } : {}),
  };
}

function step(member: Member, course: Course): Move {
  if (!member.recorded && member.node !== undefined)
    return course.configMode === course.target ? adopt(member, course) : stay(member);
  return absent(member, course) ?? advance(member, course);
}

/** A node that waits without a kube-proxy pod gets as long as any other step before it is left out. */
function absent(member: Member, course: Course): Move | undefined {
  if (phaseOf(member) !== 'Pending' || member.node === undefined) return undefined;
  const sick = !member.node.ready;
  if (member.pod !== undefined && !sick) return undefined;
  const since = sick ? member.node.readyChangedAt : epoch(member.status.startedAt ?? iso(course.now));
  const until = since + course.timeout;
  if (course.now < until) {
    const status =
      sick || member.status.startedAt !== undefined ? member.status : { ...member.status, startedAt: iso(course.now) };
    return { status, wake: until };
  }
  const reason = sick ? 'NodeNotReady' : 'NoKubeProxyPod';
  const message = sick
    ? `the node has been NotReady for ${humanDuration(course.now - since)}`
    : 'no kube-proxy pod runs on the node';
  return {
    status: {
      ...member.status,
      phase: 'Skipped',
      result: 'Skipped',
      reason,
      message,
      attempt: course.attempt,
      finishedAt: iso(course.now),
    },
  };
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
