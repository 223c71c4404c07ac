// Which object is to be looked at next. client-go's workqueue: a key waits at most once however often it is added, is
// never handed out twice at a time, and comes back after `done` if it was added while it was being worked on.
import { backoffDelay, type Backoff } from '../backoff.ts';
import type { Clock } from '../types.ts';
import { createDelayHeap } from './delay-heap.ts';
import type { QueueMetrics } from './queue-metrics.ts';

/** controller-runtime's per-item limits. */
/** client-go stops at 1000 s. A worker that comes back after an outage must not sleep through its end: one try every 30 s costs nothing. */
const BACKOFF: Backoff = { first: 5, factor: 2, max: 30_000 };

export type WorkQueue = {
  add(key: string): void;
  /**
   * Adds the key when `delay` (ms) is over; of several wishes the earliest counts. `asked`: someone outside wants it;
   * `outcome`: the last pass does, and the next pass's wish replaces it.
   */
  addAfter(key: string, delay: number, wish: 'asked' | 'outcome'): void;
  /** Adds the key after its own growing delay; at least `atLeast` ms. */
  retry(key: string, atLeast?: number): void;
  /** The key went well: its delays begin anew. */
  forget(key: string): void;
  /** The next key, or undefined once the queue is shut down. Each key taken must be `done`. */
  take(): Promise<string | undefined>;
  done(key: string): void;
  /** The pass under way reads its object only now: whatever asked for another one so far is answered by this one. */
  coversAll(key: string): void;
  /** Nothing is handed out any more. */
  shutDown(): void;
  readonly depth: number;
};

export function createWorkQueue(clock: Clock, random: () => number, metrics: QueueMetrics): WorkQueue {
  /** Insertion order is the order of service. */
  const waiting = new Set<string>();
  const running = new Set<string>();
  const again = new Set<string>();
  const failures = new Map<string, number>();
  const delayed = createDelayHeap();
  const takers: ((key: string | undefined) => void)[] = [];
  const closed = new AbortController();
  let alarm: { readonly due: number; readonly cancel: AbortController } | undefined;

  function add(key: string): void {
    if (closed.signal.aborted || waiting.has(key)) return;
    if (running.has(key)) {
      again.add(key);
      return;
    }
    waiting.add(key);
    metrics.added(key);
    handOut();
  }

  function handOut(): void {
    for (const key of waiting) {
      const taker = takers.shift();
      if (taker === undefined) return;
      waiting.delete(key);
      running.add(key);
      delayed.remove(`outcome:${key}`);
      metrics.started(key);
      taker(key);
    }
  }

  function schedule(key: string, delay: number, wish: 'asked' | 'outcome'): void {
    if (closed.signal.aborted) return;
    delayed.add(`${wish}:${key}`, clock.now() + delay);
    const { next } = delayed;
    if (next === undefined || (alarm !== undefined && alarm.due <= next)) return;
    alarm?.cancel.abort();
    alarm = { due: next, cancel: new AbortController() };
    void ring(alarm);
  }

  /** One timer for all delayed keys: sleeps to the soonest, moves what is due, and sets itself again. */
  async function ring(mine: { readonly due: number; readonly cancel: AbortController }): Promise<void> {
    await clock.sleep(mine.due - clock.now(), mine.cancel.signal);
    if (alarm !== mine) return;
    alarm = undefined;
    for (const wish of delayed.takeDue(clock.now())) add(wish.slice(wish.indexOf(':') + 1));
    const { next } = delayed;
    if (next === undefined || closed.signal.aborted) return;
    alarm = { due: next, cancel: new AbortController() };
    void ring(alarm);
  }

  return {
    add,
    addAfter: (key, delay, wish) => (delay <= 0 ? add(key) : schedule(key, delay, wish)),
    retry(key, atLeast = 0) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      metrics.retried();
      schedule(key, Math.max(backoffDelay(BACKOFF, count, random), atLeast), 'outcome');
    },
    forget: (key) => void failures.delete(key),
    take() {
      if (closed.signal.aborted) return Promise.resolve(undefined);
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      takers.push(resolve);
      handOut();
      return promise;
    },
    done(key) {
      running.delete(key);
      metrics.finished(key);
      if (again.delete(key)) add(key);
    },
    coversAll: (key) => void again.delete(key),
    shutDown() {
      closed.abort();
      alarm?.cancel.abort();
      alarm = undefined;
      for (const taker of takers.splice(0)) taker(undefined);
    },
    get depth() {
      return waiting.size;
    },
  };
}
