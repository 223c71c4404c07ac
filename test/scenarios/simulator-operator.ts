// The operator inside the test's process, as a container that is started again when it ends: that is what becomes of one
// that has lost its lease, on a machine too slow for a fast clock.
import { LeadershipLost, type Connection } from 'kopf-ts';
import type { RunningOperator } from './stage.ts';

export type SimulatorOperator = RunningOperator & {
  /** Throws when it has ended by itself: nobody need wait for it. */
  mustLive(): void;
};

export type Attempt = { readonly connection: Connection; run(signal: AbortSignal): Promise<void> };

export function keepRunning(start: () => Attempt): SimulatorOperator {
  const stop = new AbortController();
  let attempt = start();
  let asked = false;
  let running = true;
  let failure: unknown;

  async function live(): Promise<void> {
    for (;;) {
      try {
        return await attempt.run(stop.signal);
      } catch (error) {
        if (asked) return;
        if (!(error instanceof LeadershipLost)) throw error;
        attempt.connection.destroy();
        attempt = start();
      }
    }
  }

  const ended = live()
    .catch((error: unknown) => void (failure = error))
    .finally(() => (running = false));

  return {
    kill: async () => {
      asked = true;
      attempt.connection.destroy();
      await ended;
    },
    stop: async () => {
      asked = true;
      stop.abort();
      await ended;
    },
    get running() {
      return running;
    },
    mustLive: () => {
      if (!running && !asked) throw new Error('the operator ended by itself', { cause: failure });
    },
  };
}
