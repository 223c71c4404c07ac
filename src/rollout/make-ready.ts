// Kernel modules and sysctls, before the ConfigMap is edited: what will be changed on a node is recorded with how it was,
// then done, then seen to be done. On the way back it is undone by the same record.
import type { Preparation } from '../api/preflight-status.ts';
import { printable } from '../kubeproxy/printable.ts';
import type { Course } from './course.ts';
import type { Step } from './decision.ts';
import { phaseOf, type Member } from './member.ts';
import type { Move } from './move.ts';
import type { NodeTask, TaskResult } from './node-task.ts';
import type { Observed } from './observed.ts';
import { stalled } from './stand.ts';
import { NOTHING_NEEDED } from './needs.ts';
import type { Done, Needs } from './survey.ts';
import { epoch, iso } from './time.ts';

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
  return gather(able.map((member) => ready(member, seen, course, survey)));
}

/** Of nodes that are back in their old mode, or never left it. */
export function undo(seen: Observed, all: readonly Member[], course: Course): Work {
  const changed = all.filter((member) => isChanged(member) && phaseOf(member) !== 'Switched');
  return gather(changed.map((member) => putBack(member, seen, course)));
}

/** Something was changed on the node, and has not been put back. */
export function isChanged({ node, status: { preparation } }: Member): boolean {
  return node !== undefined && preparation !== undefined && preparation.undoneAt === undefined;
}

/** Names of nodes that are not ready yet, the first three. */
export function inWords({ open, problem }: Work): string {
  return `${named(open)}${problem === undefined ? '' : ` (${problem})`}`;
}

export function named(nodes: readonly string[]): string {
  const more = nodes.length > NAMED ? ` and ${nodes.length - NAMED} more` : '';
  return `${nodes.slice(0, NAMED).join(', ')}${more}`;
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

/** What is needed now, by the spec as it is now; what was changed before stays in the record, because it has to be undone. */
function ready(member: Member, seen: Observed, course: Course, survey: Done): One {
  const found = member.status.preparation;
  const preparation = found?.undoneAt === undefined ? found : undefined;
  const needs = survey.nodes.get(member.name)?.needs ?? NOTHING_NEEDED;
  const isEnough = needs.modules.length + needs.sysctls.length === 0;
  if (preparation === undefined) return isEnough ? nothing(member) : intend(member, seen, needs, undefined);
  if (preparation.doneAt !== undefined) {
    // A look from before it was done says nothing of what is there since.
    const isOld = survey.at <= epoch(preparation.doneAt);
    return isOld || isEnough ? nothing(member) : intend(member, seen, needs, preparation);
  }
  if (isEnough) return moving(member, { ...preparation, doneAt: iso(course.now) });
  const { persist } = seen.migration.spec.preflight;
  if (!covers(preparation, needs, persist)) return intend(member, seen, needs, preparation);
  return carryOut(member, { ...preparation, ...copied(needs), persist }, seen, course);
}

/** Recorded before it is done. */
function intend(member: Member, seen: Observed, needs: Needs, before: Preparation | undefined): One {
  const persist = seen.migration.spec.preflight.persist || before?.persist === true;
  return moving(member, { ...united(before, needs), persist, startedAt: iso(seen.now) });
}

function carryOut(member: Member, wanted: Preparation, seen: Observed, course: Course): One {
  const { name, status } = member;
  const task: NodeTask = {
    id: `prepare/${name}/${wanted.startedAt}`,
    kind: 'prepare',
    node: name,
    since: 0,
    preparation: wanted,
  };
  const result = seen.task(task);
  if (result === undefined) return { name, task, open: true };
  if (result.kind === 'done') return moving(member, over('prepare', status.preparation ?? wanted, result));
  const again: NodeTask = { ...task, since: Math.max(0, course.now - AGAIN) };
  return { name, task: again, open: true, problem: `${name}: ${result.problem}` };
}

/** Nodes that were away while the others were made ready: what was intended for them is done before their turn. */
export function catchUp(seen: Observed, all: readonly Member[], course: Course): Work {
  return gather(
    all
      .filter((member) => isHalfReady(member) && member.node?.ready === true)
      .map((member) =>
        member.status.preparation === undefined
          ? nothing(member)
          : carryOut(member, member.status.preparation, seen, course),
      ),
  );
}

/** Its turn must not come before it is ready. */
export function isHalfReady({ status: { preparation } }: Member): boolean {
  return preparation !== undefined && preparation.doneAt === undefined && preparation.undoneAt === undefined;
}

function moving(member: Member, preparation: Preparation): One {
  return {
    name: member.name,
    move: { status: { ...member.status, preparation } },
    open: preparation.doneAt === undefined,
  };
}

function copied({ modules, sysctls }: Needs): Pick<Preparation, 'modules' | 'sysctls'> {
  return { modules: [...modules], sysctls: sysctls.map((one) => ({ ...one })) };
}

function covers(preparation: Preparation, { modules, sysctls }: Needs, persist: boolean): boolean {
  const known = new Map(preparation.sysctls.map((one) => [one.name, one.to]));
  const hasAll = modules.every((name) => preparation.modules.includes(name));
  return hasAll && sysctls.every(({ name, to }) => known.get(name) === to) && (preparation.persist || !persist);
}

/** How a sysctl was before the first change is what counts. */
function united(before: Preparation | undefined, needs: Needs): Pick<Preparation, 'modules' | 'sysctls'> {
  const now = copied(needs);
  const first = new Map(before?.sysctls.map((one) => [one.name, one]));
  const again = new Map(now.sysctls.map((one) => [one.name, { ...one, from: first.get(one.name)?.from ?? one.from }]));
  return {
    modules: [...new Set([...(before?.modules ?? []), ...now.modules])],
    sysctls: [...new Map([...first, ...again]).values()],
  };
}

/** Tried again every minute, for as long as a step may take; then the record says what was left. */
function putBack(member: Member, seen: Observed, course: Course): One {
  const { name, status } = member;
  const { preparation } = status;
  if (preparation === undefined) return nothing(member);
  const task: NodeTask = {
    id: `undo/${name}/${preparation.startedAt}`,
    kind: 'undo',
    node: name,
    since: 0,
    preparation,
  };
  const result = seen.task(task);
  if (result?.kind === 'done') return moving(member, cleared(over('undo', preparation, result)));
  const since = preparation.failingSince === undefined ? undefined : epoch(preparation.failingSince);
  if (since !== undefined && course.now - since >= course.timeout) return nothing(member);
  if (result === undefined) return { name, task, open: true };
  const again: NodeTask = { ...task, since: Math.max(0, course.now - AGAIN) };
  if (since !== undefined) return { name, task: again, open: true, problem: `${name}: ${result.problem}` };
  const problem = `could not be put back: ${result.problem}`.slice(0, 512);
  const failing = { ...preparation, problem, failingSince: iso(course.now) };
  return { name, move: { status: { ...status, preparation: failing } }, task: again, open: true };
}

function cleared({ problem: _problem, failingSince: _since, ...preparation }: Preparation): Preparation {
  return preparation;
}

function over(kind: 'prepare' | 'undo', preparation: Preparation, { at, notes }: Finished): Preparation {
  const noted =
    notes.length === 0 ? {} : { notes: notes.slice(0, MOST_NOTES).map((note) => printable(note).slice(0, 256)) };
  return { ...preparation, ...noted, ...(kind === 'prepare' ? { doneAt: iso(at) } : { undoneAt: iso(at) }) };
}

/** What could not be put back, for the end of the story. */
export function leftChanged(all: readonly Member[]): string {
  const left = all.filter((member) => isChanged(member) && member.status.preparation?.problem !== undefined);
  const names = left.slice(0, NAMED).map(({ name }) => name);
  return left.length === 0
    ? ''
    : `; kernel modules or sysctls of ${left.length} node(s) could not be put back (${names.join(', ')}): see .status.preparation of their NodeMigrations`;
}

function gather(ones: readonly One[]): Work {
  return {
    moves: new Map(ones.flatMap(({ name, move }) => (move === undefined ? [] : [[name, move] as const]))),
    tasks: ones.flatMap(({ task }) => task ?? []),
    open: ones.filter(({ open }) => open).map(({ name }) => name),
    problem: ones.find(({ problem }) => problem !== undefined)?.problem,
  };
}
