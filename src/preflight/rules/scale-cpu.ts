// Programming a large ruleset at once keeps a CPU busy for minutes; on a node with few of them everything else waits.
import { given, unseen } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';
import { exceeds, showSize, sizeOf } from './shared-scale.ts';
import type { Limit, Size } from './shared-scale.ts';

/** The catalogue says "few cores" and "large": these are the same steps as of scale-cold-start. */
const STEPS: readonly { readonly cpus: number; readonly above: Limit }[] = [
  { cpus: 2, above: { services: 1000, endpoints: 10_000 } },
  { cpus: 4, above: { services: 5000, endpoints: 50_000 } },
];

export const scaleCpu: NodeRule = {
  id: 'scale-cpu',
  section: 11,
  scope: 'node',
  title: 'the node has few CPUs for a large number of Services',
  verdicts: everyMode('warn'),
  source: 'k/k#135639: soft lockups while a large nftables ruleset is loaded',
  onlyForward: true,
  check: ({ cluster, node }) => {
    const { cpus } = node;
    if (cpus !== undefined && STEPS.every((step) => cpus > step.cpus)) return undefined;
    return given([sizeOf(cluster)], (size) => {
      if (!isLarge(size, 0)) return undefined;
      if (cpus === undefined) return unseen(`node ${node.name} does not report how many CPUs it has`);
      if (!isLarge(size, cpus)) return undefined;
      return {
        message: `The node has ${cpus} CPU${cpus === 1 ? '' : 's'} for ${showSize(size)}: the first sync keeps them busy for long, and soft lockups have been seen.`,
        fix: 'More time for each node, and drain it first:\nspec:\n  rollout:\n    nodeTimeout: 30m',
      };
    });
  },
};

function isLarge(size: Size, cpus: number): boolean {
  return STEPS.some((step) => cpus <= step.cpus && exceeds(size, step.above));
}
