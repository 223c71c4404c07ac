// Verification by a node's own rules (verify.audit): kube-proxy says that it is in sync, and that is not believed before its rules have been
// read and do what Services demand. A node that would count as switched stays in verification until that is known; it keeps its bridge so long.
import type { AuditEvidence, NodeMigrationStatus } from '../api/node-migration.ts';
import { printable } from '../kubeproxy/printable.ts';
import type { Course } from './course.ts';
import { phaseOf, type Member } from './member.ts';
import { enter, type Move } from './move.ts';
import type { NodeTask, TaskResult } from './node-task.ts';
import type { Observed, PodFacts } from './observed.ts';
import { epoch, iso } from './time.ts';

/**
 * What could not be read for so long (ms) is not tried any more. It counts from one try to another: while a node waits for its turn, which
 * is long where many nodes are verified at the same time, nothing is known against it.
 */
const GRACE = 120_000;
/** After a failure it is tried again after so long (ms). */
const AGAIN = 20_000;

export type Audited = { readonly move: Move; readonly task?: NodeTask };

/** `move` is what becomes of the node without. */
export function audited(seen: Observed, member: Member, move: Move, course: Course): Audited {
  const { pod } = member;
  // The way back is never held up.
  if (pod === undefined || course.direction === 'back' || !isWanted(seen) || !isVerified(member, move)) return { move };
  const task = taskFor(pod, seen);
  const result = seen.task(task);
  const isEnforced = seen.migration.spec.verify.audit === 'Enforce';
  if (result?.kind === 'done') return { move: compared(member, move, course, { result, isEnforced }), task };
  const held = { status: kept(member, course), probe: pod, wake: course.now + AGAIN };
  if (result === undefined) return { move: held, task };
  const isOver = !isEnforced || result.at - result.since >= GRACE;
  if (isOver) return { move: unread(member, move, course, { result, isEnforced }), task };
  return { move: held, task: { ...task, since: Math.max(0, course.now - AGAIN) } };
}

function isWanted({ migration: { spec } }: Observed): boolean {
  const { audit = 'Skip' } = spec.verify;
  return audit !== 'Skip' && spec.nodeAccess.type !== 'None';
}

function isVerified(member: Member, { status }: Move): boolean {
  return phaseOf(member) === 'Verifying' && status.phase === 'Switched';
}

/** Of this very process: another one has written its rules anew. */
function taskFor({ node, uid, restarts }: PodFacts, { migration, metricsPort }: Observed): NodeTask {
  const { mode } = migration.spec;
  return { id: `audit/${node}/${uid}/${restarts}`, kind: 'audit', node, since: 0, mode, port: metricsPort };
}

/** It has verified in time: the time it waits from then on is not that of rollout.nodeTimeout, which begins anew now and then. */
function kept({ status }: Member, { now, timeout }: Course): NodeMigrationStatus {
  const isFresh = status.startedAt !== undefined && now - epoch(status.startedAt) < timeout / 2;
  return isFresh ? status : { ...status, startedAt: iso(now) };
}

type Unread = {
  readonly result: Extract<TaskResult, { kind: 'failed' }>;
  readonly isEnforced: boolean;
};

function unread(member: Member, move: Move, course: Course, { result, isEnforced }: Unread): Move {
  const { problem } = result;
  const evidence: AuditEvidence = { at: iso(course.now), problem: told(problem) };
  if (!isEnforced) return withEvidence(move, evidence);
  const message = `its rules could not be read: ${problem}`;
  return failed(member, move, course, { evidence, reason: 'RulesUnread', message });
}

type Compared = { readonly result: Extract<TaskResult, { kind: 'done' }>; readonly isEnforced: boolean };

function compared(member: Member, move: Move, course: Course, { result, isEnforced }: Compared): Move {
  if (result.audit === undefined) return move;
  const { isBroken, ...counts } = result.audit;
  const evidence: AuditEvidence = { at: iso(result.at), ...counts };
  const [first] = counts.first;
  if (!isBroken || first === undefined) return withEvidence(move, evidence);
  const more = counts.errors > 1 ? ` (and ${counts.errors - 1} more)` : '';
  const about = first.service === undefined ? first.where : `${first.service}, ${first.where}`;
  const message = `its rules are not what Services demand: ${about}: ${first.what}${more}`;
  if (isEnforced) return failed(member, move, course, { evidence, reason: 'RulesWrong', message });
  const warned = withEvidence(move, evidence);
  return {
    ...warned,
    status: { ...warned.status, message: told(`${move.status.message ?? ''}; but ${message}`, 1024) },
  };
}

function withEvidence(move: Move, audit: AuditEvidence): Move {
  const { evidence } = move.status;
  return evidence === undefined ? move : { ...move, status: { ...move.status, evidence: { ...evidence, audit } } };
}

type Failure = {
  readonly evidence: AuditEvidence;
  readonly reason: 'RulesWrong' | 'RulesUnread';
  readonly message: string;
};

/** Given back like any other that did not verify. */
function failed(member: Member, move: Move, course: Course, { evidence, reason, message }: Failure): Move {
  const { mode, evidence: read } = withEvidence(move, evidence).status;
  const fields = {
    result: 'Failed',
    ...(mode === undefined ? {} : { mode }),
    ...(read === undefined ? {} : { evidence: read }),
    ...(member.pod === undefined ? {} : { replacing: member.pod.uid }),
  } as const;
  return { status: enter(member, course, 'Restoring', { reason, message, fields }), wake: course.now };
}

function told(words: string, most = 512): string {
  return printable(words).slice(0, most);
}
