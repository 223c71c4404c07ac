// What this folder's tests share: a clock that stands still until it is moved, and a repeatable source of random numbers.
import type { Clock } from 'kopf-ts';
import { createStore, type ApiStore } from './store.ts';

export type ManualClock = Clock & {
  /** Moves time on; sleepers whose time has come wake up in order. */
  advance(milliseconds: number): void;
};

function manualClock(start = Date.parse('2026-01-01T00:00:00Z')): ManualClock {
  let now = start;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep(milliseconds, signal) {
      if (signal?.aborted === true) return Promise.resolve();
      return new Promise((resolve) => {
        const sleeper = { until: now + milliseconds, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          resolve();
        });
      });
    },
    advance(milliseconds) {
      now += milliseconds;
      for (const sleeper of [...sleepers].toSorted((a, b) => a.until - b.until)) {
        if (sleeper.until > now || !sleepers.delete(sleeper)) continue;
        sleeper.wake();
      }
    },
  };
}

/** mulberry32: small and repeatable. */
function seededRandom(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4294967296;
  };
}

export function testStore(options: { readonly historySize?: number } = {}): ApiStore & { readonly clock: ManualClock } {
  const clock = manualClock();
  return Object.assign(createStore({ clock, random: seededRandom(), ...options }), { clock });
}

/** Lets everything that is due now, microtasks included, happen. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
