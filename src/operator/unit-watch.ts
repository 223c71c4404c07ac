// What is known of systemd kube-proxies: each node's unit is looked at over SSH, quickly while it is in transit and slowly
// otherwise, and replaced when the plan says so. What is kept here is only a convenience: a restarted operator looks again.
import { isDeepStrictEqual } from 'node:util';
import { messageOf, type Clock, type Log } from 'kopf-ts';
import type { Problem } from '../kubeproxy/problem.ts';
import { findUnit, type WantedUnit } from '../systemd/find-unit.ts';
import { journalTail } from '../systemd/journal-tail.ts';
import { readUnit, type UnitFacts } from '../systemd/read-unit.ts';
import type { Unreached } from '../systemd/run-script.ts';
import type { UnitPlace } from '../systemd/unit-place.ts';
import { replaceUnit, type UnitOrder } from './replace-unit.ts';
import type { PooledShell } from './shell-pool.ts';
import { Turns } from '../node/turns.ts';

const QUICKLY = 500;
const SLOWLY = 5000;
/** Nodes at the same time. */
const AT_ONCE = 32;
const TRIES = 4;
const FIRST_RETRY = 1000;
/** A replacement that has failed is tried again after so long (ms), if it still is wanted. */
const AGAIN = 30_000;

export type SeenUnit = { readonly place: UnitPlace; readonly facts: UnitFacts };

/**
 * A node that has answered counts as answering until it has not for so long (ms): a look that fails is nothing yet. As patient
 * as the control plane is with a kubelet (--node-monitor-grace-period, 40 s up to 1.31).
 */
const PATIENCE = 40_000;

export type UnitLook = {
  /** The last successful look. */
  readonly seen: SeenUnit | undefined;
  /** Why the latest one was none. */
  readonly problem: string | undefined;
  /** The node is there: SSH reaches it, and systemd on it answers, whatever it says of the unit. */
  readonly answers: boolean;
  /** When that has last changed (ms). */
  readonly since: number;
};

export type UnitWatchOptions = {
  /** Rejects with a sentence for a person when there is no way to the node. */
  readonly open: (node: string) => Promise<PooledShell>;
  readonly wanted: () => WantedUnit;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after every change of what is known. */
  readonly changed: () => void;
};

type Failure = { readonly key: string; readonly message: string; readonly at: number };

type Lane = {
  readonly stop: AbortController;
  isQuick: boolean;
  look: UnitLook | undefined;
  lastAnswer: number | undefined;
  order: UnitOrder | undefined;
  failure: Failure | undefined;
  /** Ends the pause between two looks. */
  nap: AbortController;
};

export class UnitWatch {
  readonly #options: UnitWatchOptions;
  readonly #lanes = new Map<string, Lane>();
  readonly #turns = new Turns(AT_ONCE);

  constructor(options: UnitWatchOptions) {
    this.#options = options;
  }

  /** From now on exactly these nodes are looked at; `true`: quickly. */
  watch(nodes: ReadonlyMap<string, boolean>): void {
    for (const [node, lane] of this.#lanes) {
      if (nodes.has(node)) continue;
      lane.stop.abort();
      lane.nap.abort();
      this.#lanes.delete(node);
    }
    for (const [node, isQuick] of nodes) {
      const lane = this.#lanes.get(node);
      if (lane === undefined) this.#start(node, isQuick);
      else {
        if (isQuick && !lane.isQuick) lane.nap.abort();
        lane.isQuick = isQuick;
      }
    }
  }

  /** undefined until the node has been looked at for the first time. */
  look(node: string): UnitLook | undefined {
    return this.#lanes.get(node)?.look;
  }

  /** The replacement that is under way or waits for its turn. */
  replacing(node: string): UnitOrder | undefined {
    return this.#lanes.get(node)?.order;
  }

  /** Why this replacement could not be done. */
  failure(node: string, order: Pick<UnitOrder, 'uid' | 'wish'>): string | undefined {
    const failure = this.#lanes.get(node)?.failure;
    return failure?.key === keyOf(order) ? failure.message : undefined;
  }

  replace(order: UnitOrder): void {
    const lane = this.#lanes.get(order.node);
    if (lane === undefined || lane.order !== undefined) return;
    const { failure } = lane;
    const isTooSoon = failure?.key === keyOf(order) && this.#options.clock.now() - failure.at < AGAIN;
    if (isTooSoon) return;
    lane.order = order;
    lane.nap.abort();
  }

  /** The end of the journal of the run that ended. Rejects when it cannot be read. */
  async lastLines(node: string): Promise<string> {
    const seen = this.#lanes.get(node)?.look?.seen;
    if (seen === undefined) return '';
    const shell = await this.#options.open(node);
    try {
      const tail = await journalTail(shell, seen.place, seen.facts.endedInvocation);
      if (tail.kind !== 'tail') throw new Error(problemOf(tail));
      return tail.text;
    } finally {
      await shell.close();
    }
  }

  stop(): void {
    this.watch(new Map());
  }

  #start(node: string, isQuick: boolean): void {
    const lane: Lane = {
      stop: new AbortController(),
      isQuick,
      look: undefined,
      lastAnswer: undefined,
      order: undefined,
      failure: undefined,
      nap: new AbortController(),
    };
    this.#lanes.set(node, lane);
    void this.#follow(node, lane);
  }

  async #follow(node: string, lane: Lane): Promise<void> {
    const { clock } = this.#options;
    const { signal } = lane.stop;
    while (!signal.aborted) {
      lane.nap = new AbortController();
      await this.#turns.take(async () => {
        if (signal.aborted) return;
        const { order } = lane;
        if (order !== undefined) await this.#carryOut(order, lane);
        await this.#learn(node, lane, order);
      });
      if (signal.aborted) return;
      if (lane.order === undefined) await clock.sleep(lane.isQuick ? QUICKLY : SLOWLY, lane.nap.signal);
    }
  }

  /** What was asked for counts as under way until its outcome has been seen. */
  async #learn(node: string, lane: Lane, done: UnitOrder | undefined): Promise<void> {
    const look = await this.#lookAt(node, lane);
    if (lane.stop.signal.aborted) return;
    const isSame = isDeepStrictEqual(lane.look, look);
    // What is the same stays the same object: what was made of it need not be made again.
    if (!isSame) lane.look = look;
    if (done !== undefined) lane.order = undefined;
    if (!isSame || done !== undefined) this.#options.changed();
  }

  async #lookAt(node: string, lane: Lane): Promise<UnitLook> {
    const known = lane.look?.seen;
    const look = await this.#withShell(node, async (shell) => {
      const { signal } = lane.stop;
      // Where a unit's files are is found out anew whenever there was something wrong with what was known.
      const found = lane.look?.problem === undefined ? known?.place : undefined;
      const place = found ?? (await findUnit(shell, this.#options.wanted(), signal));
      if (place.kind !== 'place') return place;
      if (known === undefined) this.#tell(place, node);
      const facts = await readUnit(shell, place, signal);
      if (facts.kind !== 'unit') return facts;
      if (facts.file.kind === 'problem') return facts.file;
      if (facts.config.kind === 'problem') return facts.config;
      return { kind: 'seen' as const, seen: { place, facts } };
    });
    const there = this.#thereAfter(lane, look.kind === 'seen' || look.kind === 'problem');
    if (look.kind === 'seen') return { seen: look.seen, problem: undefined, ...there };
    return { seen: known, problem: problemOf(look), ...there };
  }

  #thereAfter(lane: Lane, hasAnswered: boolean): Pick<UnitLook, 'answers' | 'since'> {
    const now = this.#options.clock.now();
    if (hasAnswered) lane.lastAnswer = now;
    const answers = lane.lastAnswer !== undefined && now - lane.lastAnswer < PATIENCE;
    const last = lane.look;
    return { answers, since: last?.answers === answers ? last.since : now };
  }

  /** People change --proxy-mode, and nothing happens. */
  #tell({ unit, file, holds, voidFlags }: UnitPlace, node: string): void {
    const { log } = this.#options;
    log.debug('a unit runs kube-proxy', { node, unit, file, holds });
    if (voidFlags.length === 0) return;
    log.warn('flags of kube-proxy mean nothing, because the file named by --config wins', {
      node,
      unit,
      file,
      voidFlags,
    });
  }

  async #carryOut(order: UnitOrder, lane: Lane): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = lane.stop;
    const { node } = order;
    lane.failure = undefined;
    for (let tries = 1; !signal.aborted; tries++) {
      const result = await this.#withShell(node, (shell) => replaceUnit(shell, this.#options.wanted(), order, signal));
      if (result.kind === 'replaced' || signal.aborted) return;
      const message = problemOf(result);
      log.info('a kube-proxy could not be replaced', { node, tries, problem: message });
      const isFinal = result.kind === 'problem' || result.kind === 'refused';
      if (isFinal || tries >= TRIES) {
        lane.failure = { key: keyOf(order), message, at: clock.now() };
        return;
      }
      await clock.sleep(FIRST_RETRY * 2 ** (tries - 1), signal);
    }
  }

  /** A connection that did not serve is not used again: the key, the host key or the address may be others by then. */
  async #withShell<T extends { readonly kind: string }>(
    node: string,
    work: (shell: PooledShell) => Promise<T>,
  ): Promise<T | Unreached> {
    let shell: PooledShell;
    try {
      shell = await this.#options.open(node);
    } catch (error) {
      return { kind: 'unreachable', message: messageOf(error) };
    }
    const result = await work(shell);
    const isBroken = ['unreachable', 'refused', 'timedOut'].includes(result.kind);
    await (isBroken ? shell.discard() : shell.close());
    return result;
  }
}

function keyOf({ uid, wish }: Pick<UnitOrder, 'uid' | 'wish'>): string {
  return `${wish.aim}/${uid}`;
}

function problemOf(failed: Unreached | Problem | { readonly kind: 'again'; readonly message: string }): string {
  return failed.kind === 'timedOut' ? `it did not answer within ${failed.after / 1000} s` : failed.message;
}
