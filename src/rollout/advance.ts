// How a node in transit goes on, and how a node that moved by itself is noticed. Each step is recognised from what the
// cluster shows: the pod that was to be replaced is there, or gone, or another one runs in its place.
import type { Course } from './course.ts';
import { beforeOf, evidenceOf } from './evidence.ts';
import { isNamedProcess, phaseOf, type Member } from './member.ts';
import { enter, say, stay, type Move } from './move.ts';
import type { PodFacts, Reading } from './observed.ts';
import { humanDuration } from './duration.ts';
import { epoch, iso } from './time.ts';
import { verdict, type Verdict } from './verdict.ts';

export function advance(member: Member, course: Course): Move {
  if (member.node === undefined) return gone(member, course);
  switch (phaseOf(member)) {
    case 'Switching':
      return member.node.ready ? switching(member, course) : unreachable(member, course);
    case 'Verifying':
      return member.node.ready ? verifying(member, course) : unreachable(member, course);
    case 'Restoring':
      return member.node.ready ? restoring(member, course) : unreachable(member, course);
    case 'Stranded':
      return member.node.ready ? restoring(member, course) : stay(member);
    case 'Skipped':
      return skipped(member, course);
    case 'Pending':
    case 'Switched':
      return movedByItself(member, course);
    case 'FellBack':
    case 'Failed':
    case 'RolledBack':
      return stay(member);
  }
}

function gone(member: Member, course: Course): Move {
  if (member.status.reason === 'NodeGone') return stay(member);
  const message = 'the node was removed from the cluster';
  return { status: enter(member, course, 'Skipped', { reason: 'NodeGone', message, fields: { result: 'Skipped' } }) };
}

/** A NotReady node proves nothing, neither for nor against the mode. It keeps its slot until nodeTimeout, then gives it back. */
function unreachable(member: Member, course: Course): Move {
  const since = member.node?.readyChangedAt ?? course.now;
  const until = since + course.timeout;
  if (course.now < until) return { status: say(member.status, 'the node is NotReady; waiting for it'), wake: until };
  const message = `the node has been NotReady for ${humanDuration(course.now - since)}`;
  const phase = phaseOf(member) === 'Restoring' ? 'Stranded' : 'Skipped';
  const fields = phase === 'Skipped' ? ({ result: 'Skipped' } as const) : {};
  return { status: enter(member, course, phase, { reason: 'NodeNotReady', message, fields }) };
}

function switching(member: Member, course: Course): Move {
  const { pod, status } = member;
  if (pod !== undefined && pod.uid === status.replacing) {
    if (pod.deleting) return waitForPod(member, course);
    if (course.direction === 'forward') return { status, deletePod: pod };
    const message = 'not touched: the migration is going back';
    return { status: enter(member, course, 'Pending', { reason: 'Waiting', message }) };
  }
  if (pod === undefined) return waitForPod(member, course);
  const next = enter(member, course, 'Verifying', { reason: 'Verifying', message: `pod ${pod.name} has taken over` });
  return { status: next, probe: pod };
}

function waitForPod(member: Member, course: Course): Move {
  const outcome = judge(member, course, undefined);
  if (outcome.kind !== 'broken') return { status: member.status, ...wakeOf(outcome) };
  return broken(member, course, outcome);
}

function verifying(member: Member, course: Course): Move {
  const outcome = judge(member, course, member.pod?.deleting === true ? undefined : member.pod);
  switch (outcome.kind) {
    case 'waiting':
      return {
        status: isSlow(member, course) ? say(member.status, outcome.message) : member.status,
        ...ask(member.pod),
        wake: outcome.wake,
      };
    case 'wantLastWords':
      return {
        status: member.status,
        ...(member.pod === undefined ? {} : { lastWords: member.pod, probe: member.pod }),
      };
    case 'broken':
      return broken(member, course, outcome);
    case 'serving':
      return member.pod === undefined ? stay(member) : served(member, course, { pod: member.pod, ...outcome });
  }
}

type Served = { readonly pod: PodFacts; readonly mode: string; readonly streak: readonly Reading[] };

function served(member: Member, course: Course, { pod, mode, streak }: Served): Move {
  const evidence = evidenceOf(pod, streak);
  if (mode === course.target) {
    const out = member.status.outOfTurn === true;
    const reason = out ? 'SwitchedOutOfTurn' : 'Switched';
    const message = `runs ${mode}, read ${streak.length} times from pod ${pod.name}${out ? '; its kube-proxy had restarted by itself' : ''}`;
    return {
      status: enter(member, course, 'Switched', { reason, message, fields: { result: 'Switched', mode, evidence } }),
    };
  }
  // Its ConfigMap was no longer ours when it started, so it did what it was told.
  if (course.configMode !== course.target) {
    const message = `runs ${mode}: its kube-proxy started after the ConfigMap had that mode back`;
    const fields = { result: 'RolledBack', mode, restored: evidence } as const;
    return { status: enter(member, course, 'RolledBack', { reason: 'ConfigMapRestored', message, fields }) };
  }
  const first = streak[0];
  if (member.status.outOfTurn === true && first !== undefined) {
    const message = 'its kube-proxy restarted by itself, still in its old mode';
    const fields = { before: beforeOf(pod, first), mode, outOfTurn: false };
    return { status: enter(member, course, 'Pending', { reason: 'Waiting', message, fields }) };
  }
  const message = `asked for ${course.target}, but the new kube-proxy answers ${mode}`;
  const fields = { result: 'FellBack', mode, evidence, replacing: pod.uid } as const;
  return {
    status: enter(member, course, 'Restoring', { reason: 'AnswersAnotherMode', message, fields }),
    wake: course.now,
  };
}

function broken(member: Member, course: Course, outcome: Extract<Verdict, { kind: 'broken' }>): Move {
  const evidence =
    member.pod === undefined
      ? {}
      : { evidence: evidenceOf(member.pod, member.probe?.readings ?? [], outcome.lastWords) };
  const replacing = member.pod === undefined ? {} : { replacing: member.pod.uid };
  const fields = { result: 'Failed', ...evidence, ...replacing } as const;
  return {
    status: enter(member, course, 'Restoring', { reason: outcome.reason, message: outcome.message, fields }),
    wake: course.now,
  };
}

/** Gives the node its old mode back: the pod is replaced only once the ConfigMap says the old mode again. */
function restoring(member: Member, course: Course): Move {
  const { pod, status } = member;
  if (course.configMode === course.target) return stay(member);
  if (pod !== undefined && pod.uid === status.replacing) {
    return pod.deleting ? { status, wake: course.now + 30_000 } : { status, deletePod: pod };
  }
  const outcome = judge(member, course, pod?.deleting === true ? undefined : pod);
  switch (outcome.kind) {
    case 'waiting':
      return { status, ...ask(pod), wake: outcome.wake };
    case 'wantLastWords':
      return { status, ...(pod === undefined ? {} : { lastWords: pod, probe: pod }) };
    case 'broken':
      return stranded(member, course, outcome);
    case 'serving':
      return pod === undefined ? stay(member) : restored(member, course, { pod, ...outcome });
  }
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
  const message = `${why}back in ${mode}, read ${streak.length} times from pod ${pod.name}`;
  const reason = result === 'RolledBack' ? 'RolledBack' : (member.status.reason as 'CrashLooping');
  const fields = { result, mode, restored: evidenceOf(pod, streak) } as const;
  return { status: enter(member, course, result, { reason, message, fields }) };
}

function stranded(member: Member, course: Course, outcome: Extract<Verdict, { kind: 'broken' }>): Move {
  const probe = ask(member.pod);
  const wake = { wake: course.now + 30_000 };
  if (phaseOf(member) === 'Stranded') return { status: member.status, ...probe, ...wake };
  const message = `could not be verified in its old mode: ${outcome.message}`;
  return { status: enter(member, course, 'Stranded', { reason: 'NodeStranded', message }), ...probe, ...wake };
}

/** Left out is not forgotten: a node that is back, or that is selected now, gets its turn. */
function skipped(member: Member, course: Course): Move {
  const back = member.node?.ready === true && member.pod !== undefined && !member.pod.deleting;
  const excused = member.status.reason === 'NotSelected' && !member.selected;
  if (!back || excused) return back ? movedByItself(member, course) : stay(member);
  const { result: _cleared, ...status } = enter(member, course, 'Pending', {
    reason: 'Waiting',
    message: 'its turn has not come',
  });
  return { status, wake: course.now };
}

/**
 * A kube-proxy that restarted while the ConfigMap held the target mode may have picked it up (kube-proxy never restarts
 * because of the ConfigMap, but reads it whenever it does restart). Whoever did so is verified like any other.
 */
function movedByItself(member: Member, course: Course): Move {
  const { pod, node, status } = member;
  if (pod === undefined || pod.deleting || node?.ready !== true) return stay(member);
  const known = phaseOf(member) === 'Switched' ? status.evidence : status.before;
  if (known === undefined || isNamedProcess(pod, known)) return stay(member);
  if (phaseOf(member) !== 'Switched' && course.configMode !== course.target) return stay(member);
  const fields = { outOfTurn: true, replacing: known.podUID, startedAt: iso(course.now) };
  const message = `pod ${pod.name} restarted by itself; reading which mode it runs`;
  return { status: enter(member, course, 'Verifying', { reason: 'Verifying', message, fields }), probe: pod };
}

/** Judges `pod` as the process this step is about; `undefined` while the one to come is not there yet. */
function judge(member: Member, course: Course, pod: PodFacts | undefined): Verdict {
  const { before, startedAt } = member.status;
  const samePod = pod !== undefined && pod.uid === before?.podUID;
  return verdict(
    { now: course.now, pod, probe: pod === undefined ? undefined : member.probe, lastWords: member.lastWords },
    {
      successes: course.successes,
      soak: course.soak,
      families: before?.families ?? [],
      restarts: samePod ? (before?.restarts ?? 0) : 0,
      startedAt: startedAt === undefined ? course.now : epoch(startedAt),
      timeout: course.timeout,
    },
  );
}

/** What a node waits for is written down only when the wait is long enough for a person to wonder: each word is a request. */
const WORTH_TELLING = 10_000;

function isSlow({ status }: Member, { now }: Course): boolean {
  return status.startedAt !== undefined && now - epoch(status.startedAt) > WORTH_TELLING;
}

function ask(pod: PodFacts | undefined): { probe?: PodFacts } {
  return pod === undefined ? {} : { probe: pod };
}

function wakeOf(outcome: Verdict): { wake?: number } {
  return outcome.kind === 'waiting' ? { wake: outcome.wake } : {};
}
