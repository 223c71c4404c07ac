// How many nodes may be taken into transit now.
import type { MigrationSpec } from '../api/migration.ts';

/** `maxUnavailable` as a number of nodes: a percentage of `total` is rounded down and is at least 1. */
export function slots(maxUnavailable: MigrationSpec['rollout']['maxUnavailable'], total: number): number {
  if (typeof maxUnavailable === 'number') return maxUnavailable;
  return Math.max(1, Math.floor((Number.parseInt(maxUnavailable, 10) * total) / 100));
}

/** What is left of it: nodes in transit and nodes that are unavailable for another reason both use it up. */
export function freeSlots(all: number, inTransit: number, unavailable: number): number {
  return Math.max(0, all - inTransit - unavailable);
}
