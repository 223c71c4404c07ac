// Work on nodes that takes longer than a pass: making a node ready, putting it back, tidying up, trying the new mode. The plan says which
// tasks it wants the results of; they are done in the background, a few nodes at a time and one after the other on each
// node. Results are only a convenience: a restarted operator does a task again, and each of them may be done again.
import { messageOf, type Clock, type Log } from 'kopf-ts';
import { isSetback, setbackInWords, type Setback } from '../node/attempt.ts';
import type { NodeShell } from '../node/shell.ts';
import { Turns } from '../node/turns.ts';
import { LaneShell } from './lane-shell.ts';
import type { Finished, NodeTask, TaskResult } from '../rollout/node-task.ts';

/** Nodes at the same time, unless it is said how many. */
const AT_ONCE = 16;
const TRIES = 3;
const FIRST_RETRY = 1000;
/** How long (ms) a shell is kept for the next task on its node, if it will do for that one. */
const LINGER = 3000;

/** What every kind of work has: see NodeTask. */
type Work = Pick<NodeTask, 'id' | 'node' | 'since'>;
/** `F` is what is found by doing it. */
type Result<F> = { readonly at: number } & (({ readonly kind: 'done' } & F) | Extract<TaskResult, { kind: 'failed' }>);

export type NodeTasksOptions<T extends Work, F extends object, S extends NodeShell> = {
  /** Opens a way to the node; rejects with a sentence for a person when there is none. */
  readonly open: (task: T, signal: AbortSignal) => Promise<S>;
  /** Names what `open` gives: a next task on the node for which it is the same has the same shell. undefined: none has another's. */
  readonly door: (task: T) => string | undefined;
  readonly perform: (task: T, shell: S, signal: AbortSignal) => Promise<F>;
  /** It only looks: it is given up in the middle when nobody wants it any more. What changes a node comes to its end. */
  readonly onlyLooks?: boolean;
  /** Nodes at the same time, 16 by default. */
  readonly atOnce?: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after every change of what is known. */
  readonly changed: () => void;
};

/** What another try will not change: somebody said no. */
export class TaskRefused extends Error {
  override readonly name = 'TaskRefused';
}

/** What came of a step; throws where it came to nothing, TaskRefused where somebody said no. */
export function unlessSetback<T extends { readonly kind: string }>(result: T | Setback): Exclude<T, Setback> {
  if (!isSetback(result)) return result as Exclude<T, Setback>;
  if (result.kind === 'refused') throw new TaskRefused(result.message);
  throw new Error(setbackInWords(result));
}

type Job<T> = { readonly task: T; readonly stop: AbortController };
type Lane<T> = { readonly queue: Job<T>[]; readonly stop: AbortController };

export class NodeTasks<T extends Work = NodeTask, F extends object = Finished, S extends NodeShell = NodeShell> {
  readonly #options: NodeTasksOptions<T, F, S>;
  readonly #results = new Map<string, Result<F>>();
  /** Tasks that wait or are under way, by id. */
  readonly #open = new Map<string, Job<T>>();
  readonly #lanes = new Map<string, Lane<T>>();
  readonly #turns: Turns;

  constructor(options: NodeTasksOptions<T, F, S>) {
    this.#options = options;
    this.#turns = new Turns(options.atOnce ?? AT_ONCE);
  }

  /** The latest result of this task, however old. */
  result({ id }: Pick<T, 'id'>): Result<F> | undefined {
    return this.#results.get(id);
  }

  /** From now on exactly these are wanted: others that have not begun, or only look, are dropped, their results forgotten. */
  want(tasks: readonly T[]): void {
    const ids = new Set(tasks.map(({ id }) => id));
    for (const id of this.#results.keys()) if (!ids.has(id)) this.#results.delete(id);
    for (const { queue } of this.#lanes.values()) {
      for (const { task } of queue.filter(({ task: { id } }) => !ids.has(id))) this.#open.delete(task.id);
      queue.splice(0, queue.length, ...queue.filter(({ task: { id } }) => ids.has(id)));
    }
    if (this.#options.onlyLooks === true) this.#giveUpOthers(ids);
    for (const task of tasks) if (!this.#open.has(task.id) && !this.#isFresh(task)) this.#enqueue(task);
  }

  stop(): void {
    this.want([]);
    for (const lane of this.#lanes.values()) lane.stop.abort();
    this.#lanes.clear();
  }

  /** Forgotten at once, so that whoever wants it again gets it from the beginning. */
  #giveUpOthers(wanted: ReadonlySet<string>): void {
    for (const [id, { stop }] of this.#open) {
      if (wanted.has(id)) continue;
      this.#open.delete(id);
      stop.abort(new Error('nobody wants it any more'));
    }
  }

  #isFresh({ id, since }: T): boolean {
    const known = this.#results.get(id);
    return known !== undefined && known.at >= since;
  }

  #enqueue(task: T): void {
    const job: Job<T> = { task, stop: new AbortController() };
    this.#open.set(task.id, job);
    const lane = this.#lanes.get(task.node);
    if (lane !== undefined) {
      lane.queue.push(job);
      return;
    }
    const fresh: Lane<T> = { queue: [job], stop: new AbortController() };
    this.#lanes.set(task.node, fresh);
    void this.#turns.take(() => this.#work(task.node, fresh));
  }

  async #work(node: string, lane: Lane<T>): Promise<void> {
    const { clock } = this.#options;
    const { signal } = lane.stop;
    const shell = new LaneShell(this.#options);
    try {
      while (!signal.aborted) {
        const job = lane.queue.shift();
        if (job !== undefined) await this.#carryOut(job, shell, AbortSignal.any([signal, job.stop.signal]));
        else if (!shell.mayServeAgain || this.#turns.isAwaited) break;
        // The next pass may have another task for this node, and the shell is there.
        else await clock.sleep(LINGER, signal);
        if (job === undefined && lane.queue.length === 0) break;
      }
    } finally {
      // Whoever comes from now on gets a lane, and a shell, of its own.
      if (this.#lanes.get(node) === lane) this.#lanes.delete(node);
      await shell.close();
    }
  }

  async #carryOut(job: Job<T>, shell: LaneShell<T, S>, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    const { task } = job;
    const since = this.#failingSince(task) ?? clock.now();
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        const found = await this.#options.perform(task, await shell.reach(task, signal), signal);
        this.#done(job, { at: clock.now(), kind: 'done', ...found });
        return;
      } catch (error) {
        if (signal.aborted) break;
        const problem = messageOf(error);
        log.info('a task on a node failed', { task: task.id, tries, problem });
        const refused = error instanceof TaskRefused;
        if (refused || tries >= TRIES) {
          this.#done(job, { at: clock.now(), kind: 'failed', problem, refused, since });
          return;
        }
      }
      await clock.sleep(FIRST_RETRY * tries, signal);
    }
    this.#close(job);
  }

  #failingSince({ id }: T): number | undefined {
    const known = this.#results.get(id);
    return known?.kind === 'failed' ? known.since : undefined;
  }

  #done(job: Job<T>, result: Result<F>): void {
    if (!this.#close(job)) return;
    this.#results.set(job.task.id, result);
    this.#options.changed();
  }

  /** False: it was given up, and the same task may be waiting anew. */
  #close(job: Job<T>): boolean {
    return this.#open.get(job.task.id) === job && this.#open.delete(job.task.id);
  }
}
