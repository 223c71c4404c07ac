// Signs of life of the loops, by name. A loop that has not beaten for too long is stuck, and the process should be restarted.
import type { Clock } from '../types.ts';

export type Heartbeats = {
  beat(name: string): void;
  /** The loops silent for longer than `limit` ms. */
  silent(limit: number): readonly string[];
};

export function createHeartbeats(clock: Clock): Heartbeats {
  const beats = new Map<string, number>();
  return {
    beat: (name) => void beats.set(name, clock.now()),
    silent(limit) {
      const now = clock.now();
      return [...beats]
        .filter(([, at]) => now - at > limit)
        .map(([name, at]) => `${name}: no sign of life for ${Math.round((now - at) / 1000)} s`);
    },
  };
}
