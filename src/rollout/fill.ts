// Who is next: free slots are filled in order, forward with nodes that wait, backward with nodes that had switched.
import { called } from './called.ts';
import { freeSlots, slots } from './budget.ts';
import type { Course } from './course.ts';
import { isHalfReady } from './make-ready.ts';
import { inTransit, isChecked, isNamedProcess, phaseOf, type Member } from './member.ts';
import { enter, type Move } from './move.ts';
import type { Observed } from './observed.ts';
import { compareNames, inOrder } from './order.ts';
import { awaitingTrial } from './trial.ts';

/** Nodes that cannot serve now. One that has been away for longer than any step may take holds no slot any more. */
export function unavailable(all: readonly Member[], { now, timeout }: Course): Member[] {
  return all.filter((member) => {
    const { selected, node } = member;
    const waitedFor = !inTransit(member) && phaseOf(member) !== 'Skipped';
    return selected && node?.ready === false && waitedFor && now - node.readyChangedAt < timeout;
  });
}

function free(seen: Observed, all: readonly Member[], course: Course): number {
  const { maxUnavailable } = seen.migration.spec.rollout;
  const total = all.filter((member) => member.selected).length;
  return freeSlots(slots(maxUnavailable, total), all.filter(inTransit).length, unavailable(all, course).length);
}

export function forward(seen: Observed, all: readonly Member[], course: Course): Map<string, Move> {
  const untried = awaitingTrial(seen, all);
  const candidates = all.filter((member) => isCandidate(member) && !untried.has(member.name));
  const waiting = new Map(candidates.map((member) => [member.name, member]));
  const order = inOrder(
    seen.nodes.filter((node) => waiting.has(node.name)),
    seen.ownNode,
  );
  const chosen = order.slice(0, free(seen, all, course)).flatMap(({ name }) => waiting.get(name) ?? []);
  return new Map(chosen.map((member) => [member.name, replace(member, course)]));
}

function isCandidate(member: Member): boolean {
  const { pod, node } = member;
  const steady = pod !== undefined && !pod.deleting && isNamedProcess(pod, member.status.before);
  const mayGo = phaseOf(member) === 'Pending' && member.selected && node?.ready === true;
  return mayGo && steady && isChecked(member) && !isHalfReady(member);
}

function replace(member: Member, course: Course): Move {
  const { pod } = member;
  if (pod === undefined) return { status: member.status };
  const { evidence: _old, restored: _older, result: _result, outOfTurn: _out, ...status } = member.status;
  const message = `replacing ${called(pod)}`;
  const next = enter({ ...member, status }, course, 'Switching', {
    reason: 'Switching',
    message,
    fields: { replacing: pod.uid },
  });
  return { status: next, deletePod: pod };
}

/** Nodes that ran the target mode before the migration have nothing to go back to. */
export function takenBackLater(all: readonly Member[]): Member[] {
  return all.filter(
    (member) => phaseOf(member) === 'Switched' && member.status.reason !== 'AlreadyInMode' && member.node !== undefined,
  );
}

/** The last to be switched is the first to be taken back. Its pod is replaced in the next pass, by advance.ts. */
export function backward(seen: Observed, all: readonly Member[], course: Course): Map<string, Move> {
  const switched = takenBackLater(all)
    .filter((member) => member.node?.ready === true && member.pod !== undefined && !member.pod.deleting)
    .toSorted(
      (a, b) => compareNames(b.status.finishedAt ?? '', a.status.finishedAt ?? '') || compareNames(b.name, a.name),
    )
    .slice(0, free(seen, all, course));
  return new Map(switched.map((member) => [member.name, takeBack(member, course)]));
}

function takeBack(member: Member, course: Course): Move {
  const { pod } = member;
  if (pod === undefined) return { status: member.status };
  const message = `going back to ${course.oldMode}: replacing ${called(pod)}`;
  const fields = { replacing: pod.uid, result: 'RolledBack' } as const;
  return { status: enter(member, course, 'Restoring', { reason: 'Restoring', message, fields }), deletePod: pod };
}
