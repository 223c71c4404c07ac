// A node goes back to its old mode: because it did not switch, or because others did not.
import { called } from './called.ts';
import type { Course } from './course.ts';
import { evidenceOf } from './evidence.ts';
import { ask, judge, notReplaced, type Broken, type Served } from './judge.ts';
import { phaseOf, type Member } from './member.ts';
import { enter, stay, tellIfSlow, type Move } from './move.ts';

/** Gives the node its old mode back: the pod is replaced only once the ConfigMap says the old mode again. */
export function restoring(member: Member, course: Course): Move {
  const { pod, status } = member;
  if (course.configMode !== course.oldMode) return stay(member);
  if (pod !== undefined && pod.uid === status.replacing) {
    if (pod.deleting) return { status, wake: course.now + 30_000 };
    if (pod.stuck === undefined) return { status, deletePod: pod };
    // A person is told; whoever replaces it decides when it is worth another try.
    return { ...stranded(member, course, notReplaced(pod.stuck)), deletePod: pod };
  }
  const outcome = judge(member, course, pod?.deleting === true ? undefined : pod);
  switch (outcome.kind) {
    case 'waiting':
      return { status: waitsFor(member, course, outcome.message), ...ask(pod), wake: outcome.wake };
    case 'wantLastWords':
      return { status, ...(pod === undefined ? {} : { lastWords: pod, probe: pod }) };
    case 'broken':
      return stranded(member, course, outcome);
    case 'serving':
      return pod === undefined ? stay(member) : restored(member, course, { pod, ...outcome });
  }
}

/** The message of one that did not switch says why, until it is back; of a stranded one, what a person has to repair. */
function waitsFor(member: Member, course: Course, message: string): Member['status'] {
  const isTakenBack = phaseOf(member) === 'Restoring' && member.status.result === 'RolledBack';
  return isTakenBack ? tellIfSlow(member, course, message) : member.status;
}

function restored(member: Member, course: Course, { pod, mode, streak }: Served): Move {
  const result =
    member.status.result === 'FellBack' || member.status.result === 'Failed' ? member.status.result : 'RolledBack';
  const known: readonly string[] = [course.oldMode, member.status.before?.mode ?? course.oldMode];
  if (!known.includes(mode)) {
    const message = `was to go back to ${course.oldMode}, but answers ${mode}`;
    return stranded(member, course, { kind: 'broken', reason: 'AnswersAnotherMode', message });
  }
  const why = result === 'RolledBack' ? '' : `${member.status.message ?? ''}; `;
  const message = `${why}back in ${mode}, read ${streak.length} times from ${called(pod)}`;
  const reason = result === 'RolledBack' ? 'RolledBack' : (member.status.reason as 'CrashLooping');
  const fields = { result, mode, restored: evidenceOf(pod, streak) } as const;
  return { status: enter(member, course, result, { reason, message, fields }) };
}

function stranded(member: Member, course: Course, outcome: Broken): Move {
  const probe = ask(member.pod);
  const wake = { wake: course.now + 30_000 };
  if (phaseOf(member) === 'Stranded') return { status: member.status, ...probe, ...wake };
  const message = `could not be verified in its old mode: ${outcome.message}`;
  return { status: enter(member, course, 'Stranded', { reason: 'NodeStranded', message }), ...probe, ...wake };
}
