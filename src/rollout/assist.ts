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
import { isFailure, phaseOf, type Member } from './member.ts';
import { enter, moved, say, stay, type Move } from './move.ts';
import type { Observed } from './observed.ts';
import { locationOf } from './prepare.ts';
import { assisting } from './standing.ts';
import { epoch, iso } from './time.ts';

/** A container that is restarted in its pod may read its ConfigMap as the kubelet had it before: it is brought up to date within this (ms). */
const PROJECTED = 120_000;

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
    case 'Verifying':
      return verify(member, course, changedAt);
    case 'FellBack':
    case 'Failed':
      return watch(member, course);
    default:
      return advance(member, course);
  }
}

/** It joined, or is back, after the others had been read. */
function first(member: Member, course: Course): Move {
  const found = baseline(member, course);
  if (found.kind === 'read') return { status: firstStatus(member, course, found) };
  return found.kind === 'excused' ? stay(member) : { status: member.status, ...ask(member.pod) };
}

function verify(member: Member, course: Course, changedAt: string | undefined): Move {
  const { pod, status } = member;
  const outcome = judge(member, course, pod?.deleting === true ? undefined : pod);
  switch (outcome.kind) {
    case 'waiting':
      return { status: say(status, outcome.message), ...ask(pod), wake: outcome.wake };
    case 'wantLastWords':
      return pod === undefined ? stay(member) : { status, lastWords: pod, probe: pod };
    case 'broken':
      return { status: broken(member, course, outcome), ...ask(pod) };
    case 'serving':
      if (pod === undefined) return stay(member);
      return serving(member, course, { pod, mode: outcome.mode, streak: outcome.streak }, changedAt);
  }
}

function serving(member: Member, course: Course, served: Served, changedAt: string | undefined): Move {
  const { pod, mode, streak } = served;
  if (mode === course.target) return { status: switched(member, course, served) };
  const [reading] = streak;
  if (reading === undefined) return stay(member);
  if (changedAt === undefined || !hasReadChange(member, served, epoch(changedAt))) {
    const message = `its kube-proxy restarted and runs ${mode}: it started before the mode was changed`;
    const fields = { before: beforeOf(pod, reading), mode, outOfTurn: false };
    const { result: _result, evidence: _evidence, ...status } = member.status;
    return { status: enter({ ...member, status }, course, 'Pending', { reason: 'Waiting', message, fields }) };
  }
  const message = `the configuration says ${course.target}, but the new kube-proxy answers ${mode}`;
  const fields = { result: 'FellBack', mode, evidence: evidenceOf(pod, streak) } as const;
  return {
    status: enter(member, course, 'FellBack', { reason: 'AnswersAnotherMode', message, fields }),
    ...ask(pod),
  };
}

/** A pod that was made after the change has read it; a container restarted in an older one reads what the kubelet has put there by then. */
function hasReadChange({ status }: Member, { pod, streak }: Served, changedAt: number): boolean {
  const start = streak[0]?.processStart;
  if (start === undefined) return false;
  return start >= changedAt + (pod.uid === status.replacing ? PROJECTED : 0);
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

/** It did not run the target mode. What it runs by now is told by its readings alone: it may restart as often as it likes. */
function watch(member: Member, course: Course): Move {
  const { pod, status } = member;
  if (pod === undefined || pod.deleting) return stay(member);
  const outcome = judge({ ...member, status: { ...status, startedAt: iso(course.now) } }, course, pod);
  if (outcome.kind !== 'serving') return { status, ...ask(pod) };
  const served = { pod, mode: outcome.mode, streak: outcome.streak };
  if (outcome.mode === course.target) return { status: switched(member, course, served) };
  // It runs, in another mode: where it had failed before, somebody has given it that mode back.
  const isNews = status.evidence?.podUID !== pod.uid || status.evidence.restarts !== pod.restarts;
  const [reading] = outcome.streak;
  if (!isFailure(member) || !isNews || reading === undefined) return { status, ...ask(pod) };
  const message = `runs ${outcome.mode} again`;
  const fields = { before: beforeOf(pod, reading), mode: outcome.mode, outOfTurn: false };
  const { result: _result, evidence: _evidence, ...kept } = status;
  return { status: enter({ ...member, status: kept }, course, 'Pending', { reason: 'Waiting', message, fields }) };
}

