// How a node in transit goes on. Each step is recognised from what the cluster shows: the pod that was to be replaced is
// there, or gone, or another one runs in its place.
import { called } from './called.ts';
import type { Course } from './course.ts';
import { humanDuration } from './duration.ts';
import { beforeOf, evidenceOf } from './evidence.ts';
import { restoring } from './give-back.ts';
import { ask, judge, notReplaced, wakeOf, type Broken, type Served } from './judge.ts';
import { phaseOf, type Member } from './member.ts';
import { enter, say, stay, tellIfSlow, type Move } from './move.ts';
import { movedByItself, skipped } from './out-of-turn.ts';
import { isThird } from './stand.ts';

export function advance(member: Member, course: Course): Move {
  const move = next(member, course);
  return course.direction === 'halted' ? uncertain(move) : move;
}

/**
 * While the ConfigMap is not ours, a new kube-proxy may read anything: if it comes up in the old mode, that is not the
 * node's failure, and its turn will come again.
 */
function uncertain(move: Move): Move {
  const open = move.status.phase === 'Switching' || move.status.phase === 'Verifying';
  return open && move.status.outOfTurn !== true ? { ...move, status: { ...move.status, outOfTurn: true } } : move;
}

function next(member: Member, course: Course): Move {
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
    if (pod.stuck !== undefined) return broken(member, course, notReplaced(pod.stuck));
    if (course.direction === 'forward') return { status, deletePod: pod };
    const message = 'not touched: the migration is going back';
    return { status: enter(member, course, 'Pending', { reason: 'Waiting', message }) };
  }
  if (pod === undefined) return waitForPod(member, course);
  const message = `${called(pod)} has taken over`;
  return { status: enter(member, course, 'Verifying', { reason: 'Verifying', message }), probe: pod };
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
        status: tellIfSlow(member, course, outcome.message),
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

function served(member: Member, course: Course, { pod, mode, streak }: Served): Move {
  const evidence = evidenceOf(pod, streak);
  if (mode === course.target) {
    const out = member.status.outOfTurn === true;
    const reason = out ? 'SwitchedOutOfTurn' : 'Switched';
    const message = `runs ${mode}, read ${streak.length} times from ${called(pod)}${out ? '; not in its turn' : ''}`;
    return {
      status: enter(member, course, 'Switched', { reason, message, fields: { result: 'Switched', mode, evidence } }),
    };
  }
  // Its ConfigMap was no longer ours when it started, so it did what it was told.
  if (isThird(course)) return stay(member);
  if (course.configMode !== course.target) return obeyed(member, course, { pod, mode, streak });
  const first = streak[0];
  if (member.status.outOfTurn === true && first !== undefined) {
    const message = 'its kube-proxy restarted outside its turn, in its old mode; its turn will come';
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

/** It started after the ConfigMap had another mode: the old one, which is fine, or one that is nobody's any more. */
function obeyed(member: Member, course: Course, { pod, mode, streak }: Served): Move {
  if (mode !== course.oldMode) {
    const message = `runs ${mode}, which somebody else had asked for; going back to ${course.oldMode}`;
    const fields = { result: 'RolledBack', mode, replacing: pod.uid } as const;
    return { status: enter(member, course, 'Restoring', { reason: 'Restoring', message, fields }), wake: course.now };
  }
  const message = `runs ${mode}: its kube-proxy started after the ConfigMap had that mode back`;
  const fields = { result: 'RolledBack', mode, restored: evidenceOf(pod, streak) } as const;
  return { status: enter(member, course, 'RolledBack', { reason: 'ConfigMapRestored', message, fields }) };
}

function broken(member: Member, course: Course, outcome: Broken): Move {
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
