// After a switch kube-proxy programs everything anew. In nftables mode that takes minutes in big clusters, with new connections failing
// on the node meanwhile.
import type { ProxyMode } from '../../api/fields.ts';
import { given, known } from '../known.ts';
import type { ClusterRule, Hit, Outcome } from '../rule.ts';
import { NAME_NODE } from './shared-kube-proxy.ts';
import { exceeds, servicePorts, showSize, sizeOf } from './shared-scale.ts';
import type { Limit, Size } from './shared-scale.ts';

const NO_LIMIT = Number.POSITIVE_INFINITY;
const LARGE: Limit = { services: 1000, endpoints: 10_000 };
const HUGE: Limit = { services: 5000, endpoints: 50_000 };
const LARGE_FOR_IPTABLES: Limit = { services: 5000, endpoints: NO_LIMIT };

export const scaleColdStart: ClusterRule = {
  id: 'scale-cold-start',
  section: 11,
  scope: 'cluster',
  title: 'the cluster is so large that the first sync in the new mode takes minutes',
  verdicts: { iptables: 'warn', ipvs: 'info', nftables: ['block', 'warn'] },
  source: 'k/k#135639, k/k#139513, k/k#139328; k/k PR 135800, PR 136499',
  // Whoever leaves nftables because it is too slow has lived with its cold starts.
  onlyForward: true,
  check: ({ cluster, target }) =>
    given([servicePorts(cluster)], (services): Outcome => {
      // Enough Services decide by themselves, whether or not the endpoints can be seen.
      const decided = target === 'nftables' ? services > HUGE.services : target === 'iptables';
      const size = decided && !sizeOf(cluster).known ? known({ services, endpoints: Number.NaN }) : sizeOf(cluster);
      return given([size], (seen) => judge(seen, target));
    }),
};

function judge(size: Size, target: ProxyMode): Hit | undefined {
  const has = Number.isNaN(size.endpoints) ? `${size.services} Service ports` : showSize(size);
  switch (target) {
    case 'ipvs':
      return exceeds(size, LARGE)
        ? {
            message: `The cluster has ${has}, all programmed anew when a node is switched; of the three modes ipvs is the fastest at that.`,
          }
        : undefined;
    case 'iptables':
      return exceeds(size, LARGE_FOR_IPTABLES)
        ? {
            message: `The cluster has ${has}: the first sync of a node in iptables mode takes minutes, in which new connections to Services fail there.`,
            fix: DRAINED,
          }
        : undefined;
    case 'nftables':
      return nftables(size, has);
  }
}

function nftables(size: Size, has: string): Hit | undefined {
  if (exceeds(size, HUGE))
    return {
      message: `The cluster has ${has}. With 5,006 Services and 250,000 endpoints the first sync in nftables mode took 13 to 20 minutes with soft lockups of CPUs, and 1.36 is not much faster; new connections to Services fail on the node meanwhile.`,
      fix: `Measure it on one drained node that nobody needs. If it bears that, take the responsibility: add scale-cold-start to spec.preflight.accept.\n${DRAINED}`,
    };
  if (!exceeds(size, LARGE)) return undefined;
  return {
    verdict: 'warn',
    message: `The cluster has ${has}: the first sync in nftables mode may take minutes, in which new connections to Services fail on the node.`,
    fix: DRAINED,
  };
}

const DRAINED = [
  'One drained node first, by spec.nodeSelector, and measure its first sync:',
  NAME_NODE,
  'kubectl drain $NODE --ignore-daemonsets --delete-emptydir-data',
  '# then, in the migration, more time for each node:',
  'spec:',
  '  rollout:',
  '    maxUnavailable: 1',
  '    nodeTimeout: 30m',
].join('\n');
