// Growing delays, shared by the client's retries, the reflector and the queue. Pure: the dice are handed in.

export type Backoff = { readonly first: number; readonly factor: number; readonly max: number };

/** The delay (ms) before try number `failures` (0 = the first repetition), spread by ±20 % so that many clients do not march in step. */
export function backoffDelay(backoff: Backoff, failures: number, random: () => number): number {
  const grown = backoff.first * backoff.factor ** Math.min(failures, 60);
  return Math.min(grown, backoff.max) * (0.8 + 0.4 * random());
}
