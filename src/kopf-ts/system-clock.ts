// The one place where the runtime touches the machine's clock, timers and dice. Everything else is handed a `Clock`
// and a `random`, so that tests and demos decide how time passes.
import type { Clock } from './types.ts';

/** setTimeout's largest delay; longer ones would fire at once. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: sleepFor,
};

/** A clock on which time runs `factor` times as fast as on `base`: `sleep(ms)` waits ms/factor there. */
export function scaledClock(factor: number, base: Clock = systemClock): Clock {
  const start = base.now();
  return {
    now: () => start + (base.now() - start) * factor,
    sleep: (milliseconds, signal) => base.sleep(milliseconds / factor, signal),
  };
}

export const systemRandom = (): number => Math.random();

function sleepFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) {
      resolve();
      return;
    }
    const timer = setTimeout(finish, Math.min(Math.max(0, milliseconds), LONGEST_TIMEOUT));
    signal?.addEventListener('abort', finish, { once: true });
    function finish(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', finish);
      resolve();
    }
  });
}
