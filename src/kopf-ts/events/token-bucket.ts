// How many events an object may have: a burst, then a trickle. client-go's spam filter (25, then one per 300 s).

export type TokenBucket = { take(now: number): boolean };

export function createTokenBucket(burst: number, refillEvery: number): TokenBucket {
  let tokens = burst;
  let counted: number | undefined;
  return {
    take(now) {
      const since = counted === undefined ? 0 : Math.max(0, now - counted);
      counted = now;
      tokens = Math.min(burst, tokens + since / refillEvery);
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
