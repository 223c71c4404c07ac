// A clock that stands still until a test moves it.
import type { Clock } from '../types.ts';

const REAL_LIMIT = 4000;

type Sleeper = { readonly due: number; readonly wake: () => void };

export type FakeClock = Clock & {
  /** Moves time and wakes, in order, everyone whose time has come, letting what they start run in between. */
  advance(milliseconds: number): Promise<void>;
  /** Moves time in steps, leaving real sockets a moment between them, until the condition holds. */
  advanceUntil(condition: () => boolean, step?: number): Promise<void>;
  /** Sets the time without anybody's sleep getting shorter or longer: the machine's clock was changed. */
  jump(milliseconds: number): void;
  readonly sleepers: number;
};

export function createFakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  let elapsed = 0;
  let offset = start;
  const sleepers = new Set<Sleeper>();

  return {
    now: () => offset + elapsed,
    sleep(milliseconds, signal) {
      const { promise, resolve } = Promise.withResolvers<void>();
      if (signal?.aborted) return Promise.resolve();
      const sleeper: Sleeper = { due: elapsed + Math.max(0, milliseconds), wake };
      function wake(): void {
        sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      }
      sleepers.add(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
      return promise;
    },
    async advance(milliseconds) {
      const target = elapsed + milliseconds;
      await settle();
      for (let next = soonest(sleepers, target); next !== undefined; next = soonest(sleepers, target)) {
        elapsed = Math.max(elapsed, next.due);
        next.wake();
        await settle();
      }
      elapsed = target;
    },
    async advanceUntil(condition, step = 50) {
      const end = performance.now() + REAL_LIMIT;
      while (!condition()) {
        if (performance.now() > end) throw new Error(`did not come true in time: ${condition.toString()}`);
        await this.advance(step);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
    jump: (milliseconds) => void (offset += milliseconds),
    get sleepers() {
      return sleepers.size;
    },
  };
}

function soonest(sleepers: Iterable<Sleeper>, target: number): Sleeper | undefined {
  let best: Sleeper | undefined;
  for (const sleeper of sleepers)
    if (sleeper.due <= target && (best === undefined || sleeper.due < best.due)) best = sleeper;
  return best;
}

/** Lets promises, and a round of I/O, run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
