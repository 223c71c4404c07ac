// For operators that run alone: always leading until the connection goes.
import type { Election } from './election.ts';

export function createNoElection(onChange: (leading: boolean) => void): Election {
  const never = new AbortController();
  let leading = false;
  return {
    fence: { signal: never.signal, check: () => undefined },
    get leading() {
      return leading;
    },
    acquire(signal) {
      leading = !signal.aborted;
      if (leading) onChange(true);
      return Promise.resolve(leading);
    },
    release() {
      leading = false;
      onChange(false);
      return Promise.resolve();
    },
    abandon: () => void (leading = false),
  };
}
