// Strategy Assist, after the first look: somebody else changes the mode at its source and restarts kube-proxies. Whoever restarts is
// verified by the same readings as in a migration of ours; nothing is edited, deleted or taken back. A node that did not make it stays
// watched: as soon as it serves the target mode, it counts.
import { advance } from './advance.ts';
import { baseline, firstStatus } from './baseline.ts';
import { called } from './called.ts';
import type { Course } from './course.ts';
import type { Step } from './decision.ts';
import { beforeOf, evidenceOf } from './evidence.ts';
import { ask, judge, type Broken, type Served } from './judge.ts';
import { phaseOf, type Member } from './member.ts';
import { enter, moved, say, stay, type Move } from './move.ts';
import type { Observed } from './observed.ts';
import { movedByItself } from './out-of-turn.ts';
import { locationOf } from './prepare.ts';
import { assisting } from './standing.ts';
import { epoch, iso } from './time.ts';

/** A container that is restarted in its pod may read its ConfigMap as the kubelet had it before: it is brought up to date within this (ms). */
const PROJECTED = 120_000;
/** What a node waits for is written down only when a person begins to wonder (ms): each word is a request. */
const WORTH_TELLING = 10_000;

export function assist(seen: Observed, all: readonly Member[], course: Course): Step {
  const begun = seen.migration.status.config;
  const isChanged = course.configMode === course.target;
  const changedAt = isChanged ? (begun?.appliedAt ?? iso(course.now)) : undefined;
  // Whatever the ConfigMap says, anybody's restart may be the change: each is read.
  const open: Course = { ...course, direction: 'forward', configMode: course.target };
  const moves = new Map(all.map((member) => [member.name, step(member, open, changedAt)]));
  const then = moved(all, moves);
  const stand = assisting(seen, then, course);
  const isOver = stand.phase === 'Succeeded';
  const config = begun === undefined || isOver ? undefined : { ...begun, appliedAt: changedAt };
  return {
    stand,
    fixed: { kubeProxy: locationOf(seen), config, finishedAt: isOver ? iso(course.now) : undefined },
    moves,
  };
}

function step(member: Member, course: Course, changedAt: string | undefined): Move {
  const { node, status } = member;
  if (node === undefined) return advance(member, course);
  // While it is NotReady nothing it does proves anything, and nothing waits for it to give back a slot.
  if (!node.ready) return stay(member);
  if (status.before === undefined && phaseOf(member) !== 'Switched') return first(member, course);
  switch (phaseOf(member)) {
    case 'Pending':
      return member.selected ? advance(member, course) : leftOut(member, course);
    case 'Verifying':
      return verify(member, course, changedAt);
    case 'FellBack':
    case 'Failed':
      return watch(member, course);
    default:
      return advance(member, course);
  }
}

/** The selection may be narrowed, or a label taken away, while a node waits. */
function leftOut(member: Member, course: Course): Move {
  const message = 'outside spec.nodeSelector, watched because its configuration is the same';
  const fields = { result: 'Skipped' } as const;
  return { status: enter(member, course, 'Skipped', { reason: 'NotSelected', message, fields }) };
}

/** What it runs is not known yet: the first look, or it joined after the others had been read. */
function first(member: Member, course: Course): Move {
  const found = baseline(member, course);
  const { result: _result, ...status } = member.status;
  switch (found.kind) {
    case 'read': {
      const record = firstStatus({ ...member, status }, course, found);
      const isThere = record.phase === 'Switched';
      return { status: isThere ? say(record, `runs ${course.target}; it did when it was first looked at`) : record };
    }
    case 'unreadable': {
      const { message } = found;
      const fields = { result: 'Failed' } as const;
      return {
        status: enter(member, course, 'Failed', { reason: 'NeverAnswered', message, fields }),
        ...ask(member.pod),
      };
    }
    case 'reading':
      return { status: member.status, ...ask(member.pod) };
    case 'excused':
    case 'recorded':
      return stay(member);
  }
}

function verify(member: Member, course: Course, changedAt: string | undefined): Move {
  const { pod, status } = member;
  const outcome = judge(member, course, pod?.deleting === true ? undefined : pod);
  switch (outcome.kind) {
    case 'waiting':
      return {
        status: inVerification(member, course) > WORTH_TELLING ? say(status, outcome.message) : status,
        ...ask(pod),
        wake: outcome.wake,
      };
    case 'wantLastWords':
      return pod === undefined ? stay(member) : { status, lastWords: pod, probe: pod };
    case 'broken':
      return { status: broken(member, course, outcome), ...ask(pod) };
    case 'serving':
      if (pod === undefined) return stay(member);
      return serving(member, course, { pod, mode: outcome.mode, streak: outcome.streak }, changedAt);
  }
}

/** For how long (ms). */
function inVerification({ status: { startedAt } }: Member, { now }: Course): number {
  return startedAt === undefined ? 0 : now - epoch(startedAt);
}

function serving(member: Member, course: Course, served: Served, changedAt: string | undefined): Move {
  const { pod, mode, streak } = served;
  if (mode === course.target) return { status: switched(member, course, served) };
  if (changedAt === undefined || !hasReadChange(member, served, epoch(changedAt)))
    return { status: waiting(member, course, served) };
  const message = `the configuration says ${course.target}, but the new kube-proxy answers ${mode}`;
  const fields = { result: 'FellBack', mode, evidence: evidenceOf(pod, streak) } as const;
  return { status: enter(member, course, 'FellBack', { reason: 'AnswersAnotherMode', message, fields }) };
}

/**
 * A pod that came after the change has read it; a container restarted in an older one reads what the kubelet has put there by then. Both times
 * are of one clock, ours: when the change was seen, and when the pod was. What was seen at once may have been the other way round.
 */
function hasReadChange({ status }: Member, { pod }: Served, changedAt: number): boolean {
  const { startedAt } = status;
  return startedAt !== undefined && epoch(startedAt) > changedAt + (pod.uid === status.replacing ? PROJECTED : 0);
}

function switched(member: Member, course: Course, { pod, mode, streak }: Served): Member['status'] {
  const message = `runs ${mode}, read ${streak.length} times from ${called(pod)}`;
  const fields = { result: 'Switched', mode, evidence: evidenceOf(pod, streak), outOfTurn: false } as const;
  return enter(member, course, 'Switched', { reason: 'Switched', message, fields });
}

function broken(member: Member, course: Course, { reason, message, lastWords }: Broken): Member['status'] {
  const { pod, probe } = member;
  const evidence = pod === undefined ? {} : { evidence: evidenceOf(pod, probe?.readings ?? [], lastWords) };
  return enter(member, course, 'Failed', { reason, message, fields: { result: 'Failed', ...evidence } });
}

/** It did not run the target mode. Another pod is another attempt of somebody's; what its own container comes to, its readings tell. */
function watch(member: Member, course: Course): Move {
  const { pod, status } = member;
  if (pod === undefined || pod.deleting) return stay(member);
  if (phaseOf(member) === 'FellBack' || pod.uid !== status.before?.podUID) return movedByItself(member, course);
  // However often it has ended before: it may have been repaired.
  const { restarts } = pod.running ? pod : status.before;
  const now = { ...status, before: { ...status.before, restarts }, startedAt: iso(course.now) };
  const outcome = judge({ ...member, status: now }, course, pod);
  if (outcome.kind !== 'serving') return { status, ...ask(pod) };
  const served = { pod, mode: outcome.mode, streak: outcome.streak };
  return {
    status: outcome.mode === course.target ? switched(member, course, served) : waiting(member, course, served),
  };
}

function waiting(member: Member, course: Course, { pod, mode, streak }: Served): Member['status'] {
  const [reading] = streak;
  const message = `its kube-proxy restarted and runs ${mode}, as it was told when it started`;
  const before = reading === undefined ? {} : { before: beforeOf(pod, reading) };
  const { result: _result, evidence: _evidence, ...status } = member.status;
  return enter({ ...member, status }, course, 'Pending', {
    reason: 'Waiting',
    message,
    fields: { ...before, mode, outOfTurn: false },
  });
}
