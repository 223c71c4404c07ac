// A clock for this folder's tests: it stands still until it is moved, and then wakes sleepers one after the other, each at
// its own time, letting everything that follows from one happen before the next.
import type { Clock } from 'kopf-ts';

export type FakeClock = Clock & {
  /** Moves on by that many milliseconds. */
  advance(milliseconds: number): Promise<void>;
  /** Moves from sleeper to sleeper until the condition holds; throws when that takes longer than `limit` milliseconds. */
  until(condition: () => boolean, limit?: number): Promise<void>;
  /** How many are asleep. */
  readonly sleeping: number;
};

type Sleeper = { readonly at: number; readonly wake: () => void };

export function createFakeClock(start = Date.UTC(2026, 10, 22, 12)): FakeClock {
  let now = start;
  const sleepers = new Set<Sleeper>();
  /** Wakes whoever is next, if that is not after `limit`. What follows from it has not happened yet: settle first. */
  function wakeNext(limit: number): boolean {
    let next: Sleeper | undefined;
    for (const sleeper of sleepers) if (next === undefined || sleeper.at < next.at) next = sleeper;
    if (next === undefined || next.at > limit) return false;
    now = Math.max(now, next.at);
    next.wake();
    return true;
  }
  return {
    now: () => now,
    get sleeping() {
      return sleepers.size;
    },
    sleep: (milliseconds, signal) => sleepUntil(now + milliseconds, sleepers, signal),
    async advance(milliseconds) {
      const end = now + milliseconds;
      do await settle();
      while (wakeNext(end));
      now = end;
    },
    async until(condition, limit = 600_000) {
      const end = now + limit;
      for (await settle(); !condition(); await settle()) {
        if (!wakeNext(end)) throw new Error(`not within ${limit} ms`);
      }
    },
  };
}

function sleepUntil(at: number, sleepers: Set<Sleeper>, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const sleeper = { at, wake };
  sleepers.add(sleeper);
  signal?.addEventListener('abort', wake, { once: true });
  return promise;
  function wake(): void {
    sleepers.delete(sleeper);
    signal?.removeEventListener('abort', wake);
    resolve();
  }
}

/** Promises and streams that are ready run; no time passes. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
