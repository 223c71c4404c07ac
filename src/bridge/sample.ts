// A Service may have a thousand endpoints; a bridge that stands for seconds does not need them all. What it takes is spread over
// the whole list, and differs from node to node, so that no endpoint gets the connections of every node.
import { createHash } from 'node:crypto';

/** Of one Service port. It bounds the text: 5,000 Services with 1,000 endpoints each would be 250 MB of it. */
export const MOST_ENDPOINTS = 32;

/** At most `MOST_ENDPOINTS` of `all`, the same ones for the same list and node. */
export function sample(all: readonly string[], node: string): string[] {
  if (all.length <= MOST_ENDPOINTS) return [...all];
  const shift = createHash('sha256').update(node).digest().readUInt32BE(0) / 2 ** 32;
  const step = all.length / MOST_ENDPOINTS;
  return Array.from({ length: MOST_ENDPOINTS }, (_, index) => all[Math.floor((index + shift) * step)] ?? '').filter(
    (one) => one !== '',
  );
}
