// Nodes that came, or came back, after the others had been looked at: each gets a look of its own before its turn. The others
// go on meanwhile.
import type { NodeFinding } from '../api/preflight-status.ts';
import { inRecord, isSilent, questionOf } from './check.ts';
import type { Course } from './course.ts';
import { makeReady } from './make-ready.ts';
import { isChecked, isNamedProcess, phaseOf, type Member } from './member.ts';
import { asking, type Move } from './move.ts';
import type { Observed } from './observed.ts';
import { isAsStored } from './stored.ts';
import type { Done, SurveyWish } from './survey.ts';

/**
 * While something stands in a node's way, it is looked at again after so long (ms): what is just coming back often has
 * something about it that is over in a moment.
 */
const AGAIN = 30_000;

export type Late = {
  readonly moves: ReadonlyMap<string, Move>;
  /** undefined: nobody is late. */
  readonly survey: SurveyWish | undefined;
  /** What stands in the way of nodes, in words; empty where nothing does. */
  readonly inTheWay: readonly { readonly node: string; readonly why: string }[];
};

export function lookAtLate(seen: Observed, all: readonly Member[], course: Course): Late {
  const late = all.filter(isLate);
  if (late.length === 0) return { moves: new Map(), survey: undefined, inTheWay: [] };
  // The rules want to know what it answers, because the ConfigMap says something else by now.
  const [silent, heard] = [late.filter(isSilent), late.filter((member) => !isSilent(member))];
  const asked = asking(silent);
  const question = `${questionOf(seen.migration)} late`;
  const wish = { question, nodes: heard.map(({ name }) => name) };
  const survey = seen.survey(question);
  const since = Math.max(0, seen.now - AGAIN, ...heard.map((member) => backSince(member, course)));
  if (survey?.kind !== 'done') return { moves: asked, survey: { ...wish, since }, inTheWay: [] };
  const found = heard.filter((member) => {
    const { lookedAt } = survey.nodes.get(member.name) ?? {};
    return lookedAt !== undefined && lookedAt >= backSince(member, course);
  });
  return {
    moves: new Map([...asked, ...movesOf(seen, found, course, survey)]),
    survey: { ...wish, since },
    inTheWay: found.flatMap(({ name }) => {
      const hit = survey.nodes.get(name)?.findings.find(({ blocking }) => blocking);
      return hit === undefined ? [] : [{ node: name, why: whyOf(hit) }];
    }),
  };
}

export function whyOf({ rule, message }: NodeFinding): string {
  return `${rule}: ${message}`;
}

/** It waits for its turn, could take it, and nobody has looked at it. */
function isLate(member: Member): boolean {
  const { pod, node, status, selected } = member;
  const couldGo = selected && node?.ready === true && phaseOf(member) === 'Pending';
  const steady = pod !== undefined && !pod.deleting && isNamedProcess(pod, status.before);
  return couldGo && steady && !isChecked(member);
}

/** A look from before it was away says nothing. Not later than now, whatever the other clock says. */
function backSince({ node }: Member, { now }: Course): number {
  return Math.min(node?.readyChangedAt ?? 0, now);
}

function movesOf(seen: Observed, found: readonly Member[], course: Course, survey: Done): Map<string, Move> {
  const moves = new Map<string, Move>();
  const looked = found.map((member) => ({ ...member, status: inRecord(member, course, survey) }));
  for (const { name, status } of looked) moves.set(name, { status });
  const clear = looked.filter(({ status }) => status.checkedAt !== undefined);
  for (const [name, move] of makeReady(seen, clear, course, survey).moves) moves.set(name, move);
  const before = new Map(found.map(({ name, status }) => [name, status]));
  return new Map([...moves].filter(([name, { status }]) => !isAsStored(status, before.get(name) ?? {})));
}
