// Waiting in the lab: always for a condition, never for a time.
import { setTimeout as sleep } from 'node:timers/promises';

export type Waiting = { readonly within?: number; readonly every?: number };

/**
 * Asks again until `check` gives something other than undefined or false. A check that throws counts as "not yet"; what
 * it threw last is the cause of the final error. Times are milliseconds.
 */
export async function until<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  { within = 60_000, every = 100 }: Waiting = {},
): Promise<T> {
  const deadline = performance.now() + within;
  let cause: unknown;
  for (;;) {
    try {
      const seen = await check();
      if (seen !== undefined && seen !== false) return seen;
      cause = undefined;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > deadline) throw new Error(`${what}: not within ${within / 1000} s`, { cause });
    await sleep(every);
  }
}
