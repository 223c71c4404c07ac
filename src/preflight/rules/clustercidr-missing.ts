// By clusterCIDR, or another detectLocalMode, kube-proxy tells pods from clients outside. Configurations written for ipvs often leave it out.
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { leaving } from './shared-from.ts';

export const clustercidrMissing: ClusterRule = {
  id: 'clustercidr-missing',
  section: 8,
  scope: 'cluster',
  title: 'kube-proxy is not told which clients are pods',
  // Only leaving ipvs takes something away; between iptables and nftables it was missing before.
  verdicts: { iptables: ['warn', 'info'], nftables: ['warn', 'info'] },
  source:
    'KEP-2450; gardener/gardener, kube-proxy configuration; cmd/kube-proxy/app/server_linux.go, getLocalDetectors',
  onlyForward: true,
  check: ({ cluster, target, from }) =>
    given([leaving(from), cluster.kubeProxy.config], (mode, config) => {
      const detect = config.textAt(['detectLocalMode']);
      const cidr = config.textAt(['clusterCIDR']);
      if (mode === target || cidr !== '' || (detect !== '' && detect !== 'ClusterCIDR')) return undefined;
      return {
        verdict: mode === 'ipvs' ? 'warn' : 'info',
        message: `Neither clusterCIDR nor detectLocalMode is set: in mode ${target} kube-proxy takes pods for clients outside. What they send to load balancers with externalTrafficPolicy Local is then dropped on nodes without an endpoint.`,
        fix: "# in kube-proxy's configuration, with the pods' own range (kubectl cluster-info dump | grep -m1 cluster-cidr)\nclusterCIDR: 10.244.0.0/16",
      };
    }),
};
