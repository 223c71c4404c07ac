// Kernel modules and sysctls, before the ConfigMap is edited: what will be changed on a node is recorded with how it was,
// then done, then seen to be done. On the way back it is undone by the same record.
import type { Preparation } from '../api/preflight-status.ts';
import { printable } from '../kubeproxy/printable.ts';
import type { Course } from './course.ts';
import type { Step } from './decision.ts';
import type { Member } from './member.ts';
import type { Move } from './move.ts';
import type { NodeTask, TaskResult } from './node-task.ts';
import type { Observed } from './observed.ts';
import type { Done } from './check.ts';
import { stalled } from './stand.ts';
import { iso } from './time.ts';

/** After a failure it is tried again after so long (ms). */
const AGAIN = 60_000;
const NAMED = 3;
const MOST_NOTES = 10;

export type Work = {
  readonly moves: ReadonlyMap<string, Move>;
  readonly tasks: readonly NodeTask[];
  /** Names of nodes that are not ready yet. */
  readonly open: readonly string[];
  /** What went wrong, in words. */
  readonly problem: string | undefined;
};

export function makeReady(seen: Observed, all: readonly Member[], course: Course, survey: Done): Work {
  const able = all.filter((member) => member.node?.ready === true);
  return gather(
    able.map((member) => {
      const { preparation } = member.status;
      if (preparation === undefined) return intent(member, seen, survey);
      return preparation.doneAt === undefined ? carryOut('prepare', member, seen, course) : nothing(member);
    }),
  );
}

/** Of nodes that are back in their old mode, or never left it. */
export function undo(seen: Observed, all: readonly Member[], course: Course): Work {
  const changed = all.filter(({ node, status: { preparation } }) => {
    const open = preparation !== undefined && preparation.undoneAt === undefined && preparation.problem === undefined;
    return node !== undefined && open;
  });
  return gather(changed.map((member) => carryOut('undo', member, seen, course)));
}

/** Names of nodes that are not ready yet, the first three. */
export function inWords({ open, problem }: Work): string {
  const more = open.length > NAMED ? ` and ${open.length - NAMED} more` : '';
  return `${open.slice(0, NAMED).join(', ')}${more}${problem === undefined ? '' : ` (${problem})`}`;
}

/** What is open is worked on; a person is needed where it cannot be done. */
export function asStep({ moves, tasks, problem }: Work): Partial<Step> {
  const again = moves.size > 0 ? 0 : AGAIN;
  if (problem === undefined) return { moves, tasks, again };
  const remedy = 'nothing is switched before; it is tried again every minute';
  return { moves, tasks, again, stand: stalled('PreparationFailed', `${problem}; ${remedy}`) };
}

type Finished = Extract<TaskResult, { kind: 'done' }>;

type One = {
  readonly name: string;
  readonly move?: Move;
  readonly task?: NodeTask;
  readonly open: boolean;
  readonly problem?: string;
};

function nothing({ name }: Member): One {
  return { name, open: false };
}

function intent(member: Member, seen: Observed, survey: Done): One {
  const { persist } = seen.migration.spec.preflight;
  const needs = survey.nodes.get(member.name)?.needs;
  if (needs === undefined || needs.modules.length + needs.sysctls.length === 0) return nothing(member);
  const preparation: Preparation = {
    modules: [...needs.modules],
    sysctls: needs.sysctls.map((one) => ({ ...one })),
    persist,
    startedAt: iso(seen.now),
  };
  return { name: member.name, move: { status: { ...member.status, preparation } }, open: true };
}

function carryOut(kind: 'prepare' | 'undo', member: Member, seen: Observed, course: Course): One {
  const { name, status } = member;
  const { preparation } = status;
  if (preparation === undefined) return nothing(member);
  const task: NodeTask = { id: `${kind}/${name}/${preparation.startedAt}`, kind, node: name, since: 0, preparation };
  const result = seen.task(task);
  if (result === undefined) return { name, task, open: true };
  if (result.kind === 'done')
    return { name, move: { status: { ...status, preparation: over(kind, preparation, result) } }, open: false };
  if (kind === 'undo') {
    const problem = `could not be put back: ${result.problem}`.slice(0, 512);
    return { name, move: { status: { ...status, preparation: { ...preparation, problem } } }, open: false };
  }
  const problem = `${name}: ${result.problem}`;
  const since = Math.max(0, course.now - AGAIN);
  return { name, task: { ...task, since }, open: true, problem };
}

function over(kind: 'prepare' | 'undo', preparation: Preparation, { at, notes }: Finished): Preparation {
  const noted =
    notes.length === 0 ? {} : { notes: notes.slice(0, MOST_NOTES).map((note) => printable(note).slice(0, 256)) };
  return { ...preparation, ...noted, ...(kind === 'prepare' ? { doneAt: iso(at) } : { undoneAt: iso(at) }) };
}

function gather(ones: readonly One[]): Work {
  return {
    moves: new Map(ones.flatMap(({ name, move }) => (move === undefined ? [] : [[name, move] as const]))),
    tasks: ones.flatMap(({ task }) => task ?? []),
    open: ones.filter(({ open }) => open).map(({ name }) => name),
    problem: ones.find(({ problem }) => problem !== undefined)?.problem,
  };
}
