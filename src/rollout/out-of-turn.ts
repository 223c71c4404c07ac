// Nodes that move without being asked: a restarted kube-proxy, a node that is back, a node that joined.
import { called } from './called.ts';
import { fileOf } from './baseline.ts';
import type { Course } from './course.ts';
import { processOf } from './evidence.ts';
import { isNamedProcess, phaseOf, type Member } from './member.ts';
import { enter, stay, type Move } from './move.ts';
import { iso } from './time.ts';

/** Left out is not forgotten: a node that is back, or that is selected now, gets its turn. */
export function skipped(member: Member, course: Course): Move {
  const back = member.node?.ready === true && member.pod !== undefined && !member.pod.deleting;
  const excused = member.status.reason === 'NotSelected' && !member.selected;
  if (!back || excused) return back ? movedByItself(member, course) : stay(member);
  // It may have come back with another kernel: it is looked at again.
  const {
    result: _cleared,
    checkedAt: _before,
    ...status
  } = enter(member, course, 'Pending', {
    reason: 'Waiting',
    message: 'not touched',
  });
  return { status, wake: course.now };
}

/**
 * A kube-proxy that restarted while the ConfigMap held the target mode may have picked it up (kube-proxy never restarts
 * because of the ConfigMap, but reads it whenever it does restart). Whoever did so is verified like any other.
 */
export function movedByItself(member: Member, course: Course): Move {
  const { pod, node, status } = member;
  if (pod === undefined || pod.deleting || node?.ready !== true) return stay(member);
  const known = phaseOf(member) === 'Switched' ? status.evidence : status.before;
  if (known === undefined || isNamedProcess(pod, known)) return stay(member);
  // While the ConfigMap is somebody else's, a restart tells nothing; on the way back it may have been just too early.
  const matters = course.configMode === course.target || course.direction === 'back';
  if (phaseOf(member) !== 'Switched' && !matters) return stay(member);
  const before = status.before === undefined ? {} : { before: { ...status.before, ...processOf(pod) } };
  const fields = { outOfTurn: true, replacing: known.podUID, startedAt: iso(course.now), ...before };
  const message = `${called(pod)} restarted by itself; reading which mode it runs`;
  return { status: enter(member, course, 'Verifying', { reason: 'Verifying', message, fields }), probe: pod };
}

/** A node of which it is not known what it ran before: it came later, or could not be read. It is verified like any other. */
export function adopt(member: Member, course: Course): Move {
  const { pod } = member;
  if (pod === undefined || pod.deleting || course.direction === 'halted') return stay(member);
  const before = { ...processOf(pod), mode: '' };
  const fields = { outOfTurn: true, startedAt: iso(course.now), before, ...fileOf(pod) };
  const message = `${called(pod)} was there after the ConfigMap had been edited; reading which mode it runs`;
  return { status: enter(member, course, 'Verifying', { reason: 'Verifying', message, fields }), probe: pod };
}
