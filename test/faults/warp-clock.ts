// A clock whose speed can be changed while others sleep by it: quick to get somewhere, and then an hour in a few seconds.
import type { Clock } from 'kopf-ts';

export type WarpClock = Clock & { speedUp(factor: number): void };

type Sleeper = { readonly until: number; timer: NodeJS.Timeout | undefined; readonly wake: () => void };

/** Runs `factor` times as fast as real time, until told otherwise. */
export function warpClock(factor: number): WarpClock {
  const sleepers = new Set<Sleeper>();
  let speed = factor;
  let since = { real: Date.now(), warped: Date.now() };
  const now = (): number => since.warped + (Date.now() - since.real) * speed;

  function set(sleeper: Sleeper): void {
    clearTimeout(sleeper.timer);
    const left = Math.min(Math.max(0, sleeper.until - now()) / speed, 2 ** 31 - 1);
    sleeper.timer = setTimeout(sleeper.wake, left);
  }

  return {
    now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = (): void => {
          clearTimeout(sleeper.timer);
          sleepers.delete(sleeper);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        const sleeper: Sleeper = { until: now() + Math.max(0, milliseconds), timer: undefined, wake };
        signal?.addEventListener('abort', wake, { once: true });
        sleepers.add(sleeper);
        set(sleeper);
      }),
    speedUp(next) {
      since = { real: Date.now(), warped: now() };
      speed = next;
      for (const sleeper of sleepers) set(sleeper);
    },
  };
}
