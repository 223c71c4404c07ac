// Weave Net was archived in 2024. Nobody has tried it with nftables, and nobody will mend it.
import type { ProxyMode } from '../../api/fields.ts';
import { given, valueOr } from '../known.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import type { ClusterRule, Hit } from '../rule.ts';

export const weave: ClusterRule = {
  id: 'weave',
  section: 3,
  scope: 'cluster',
  title: 'Weave Net is the network',
  verdicts: { iptables: 'info', ipvs: 'warn', nftables: 'block' },
  source: 'Weave Net documentation, integrating Kubernetes: network policy and ipvs',
  check: ({ cluster, target }) =>
    given([cluster.cni], ({ weave: found }) => (found === undefined ? undefined : hit(found.image, target, cluster))),
};

function hit(image: string, target: ProxyMode, cluster: ClusterFacts): Hit {
  const what = `Weave Net (${image}) is archived`;
  switch (target) {
    case 'iptables':
      return { message: `${what}; it was made for kube-proxy's iptables mode.` };
    case 'ipvs': {
      const masqueradeAll = valueOr(cluster.kubeProxy.config, undefined)?.at(['iptables', 'masqueradeAll']);
      const now = typeof masqueradeAll === 'boolean' ? `, now it is ${masqueradeAll}` : '';
      return {
        message: `${what}; in ipvs mode its network policies need masqueradeAll false${now}.`,
        fix: "In kube-proxy's configuration (the iptables section counts in ipvs mode, too):\niptables:\n  masqueradeAll: false",
      };
    }
    case 'nftables':
      return {
        message: `${what} and was never tried with kube-proxy's nftables mode; its own rules are iptables rules.`,
        fix: 'Stay on iptables until the cluster has another network.',
      };
  }
}
