// The verdict on the process that one step of one node is about.
import type { Course } from './course.ts';
import { phaseOf, type Member } from './member.ts';
import type { PodFacts, Reading } from './observed.ts';
import { epoch } from './time.ts';
import { verdict, type Verdict } from './verdict.ts';

export type Broken = Extract<Verdict, { kind: 'broken' }>;
export type Served = { readonly pod: PodFacts; readonly mode: string; readonly streak: readonly Reading[] };

/** Judges `pod` as the process this step is about; `undefined` while the one to come is not there yet. */
export function judge(member: Member, course: Course, pod: PodFacts | undefined): Verdict {
  const { before, startedAt } = member.status;
  return verdict(
    { now: course.now, pod, probe: pod === undefined ? undefined : member.probe, lastWords: member.lastWords },
    {
      successes: course.successes,
      soak: course.soak,
      families: before?.families ?? [],
      restarts: restartsBefore(member, pod),
      // Time in which the node was NotReady is not held against it.
      startedAt: Math.max(startedAt === undefined ? course.now : epoch(startedAt), member.node?.readyChangedAt ?? 0),
      timeout: course.timeout,
      watched: course.watched,
    },
  );
}

export function notReplaced(why: string): Broken {
  return { kind: 'broken', reason: 'PodNotReplaced', message: `could not be replaced: ${why}` };
}

/** How often the container had restarted when this step began: what happened earlier is not held against it. */
function restartsBefore(member: Member, pod: PodFacts | undefined): number {
  // A stranded node that runs again has been repaired, however often it had ended before.
  if (phaseOf(member) === 'Stranded' && pod?.running === true) return pod.restarts;
  const { before } = member.status;
  return pod !== undefined && pod.uid === before?.podUID ? before.restarts : 0;
}

export function ask(pod: PodFacts | undefined): { probe?: PodFacts } {
  return pod === undefined ? {} : { probe: pod };
}

export function wakeOf(outcome: Verdict): { wake?: number } {
  return outcome.kind === 'waiting' ? { wake: outcome.wake } : {};
}
