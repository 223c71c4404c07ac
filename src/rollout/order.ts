// In which order nodes are switched: workers by name, then the control plane, and the operator's own node last of all,
// so that the one who watches is the last to be touched. Rolling back goes the other way round.
import type { NodeFacts } from './observed.ts';

export function inOrder(nodes: readonly NodeFacts[], ownNode: string | undefined): NodeFacts[] {
  const rank = (node: NodeFacts): number => (node.name === ownNode ? 2 : node.controlPlane ? 1 : 0);
  return nodes.toSorted((a, b) => rank(a) - rank(b) || compareNames(a.name, b.name));
}

/** node-2 before node-10: digits compare as numbers, everything else by code unit, so that no locale has a say. */
export function compareNames(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (const [i, x] of left.entries()) {
    const y = right[i];
    if (y === undefined) return 1;
    const order = compareParts(x, y);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function parts(name: string): readonly string[] {
  return name.match(/\d+|\D+/g) ?? [];
}

function compareParts(x: string, y: string): number {
  const byNumber = /^\d/.test(x) && /^\d/.test(y) ? Number(x) - Number(y) : 0;
  if (byNumber !== 0 || x === y) return byNumber;
  return x < y ? -1 : 1;
}
