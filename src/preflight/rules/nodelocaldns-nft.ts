// The layout for iptables under nftables: used (kubeasz 3.7 ships it), never documented. Its NOTRACK rules keep DNS packets away from
// kube-proxy's nat rules in either framework [inferred], and node-cache knows iptables alone.
import { isRhel10 } from '../facts/os.ts';
import type { ClusterRule } from '../rule.ts';
import { ofNodeLocalDns } from './shared-node-local-dns.ts';

export const nodelocaldnsNft: ClusterRule = {
  id: 'nodelocaldns-nft',
  section: 4,
  scope: 'cluster',
  title: 'NodeLocal DNSCache has its layout for iptables, which nobody vouches for with nftables',
  verdicts: { nftables: 'warn' },
  source: 'kubernetes/dns#682; kubeasz 3.7; deckhouse/deckhouse PR 2780',
  check: ({ cluster, nodes }) =>
    ofNodeLocalDns(cluster, ({ namespace, name, clusterIps }) => {
      const [address] = clusterIps;
      if (address === undefined) return undefined;
      const without = nodes.filter(isRhel10).map((node) => node.name);
      const fails =
        without.length === 0 ? '' : ` On hosts without iptables it does not start: ${without.slice(0, 5).join(', ')}.`;
      return {
        message: `NodeLocal DNSCache (DaemonSet ${namespace}/${name}) takes ${clusterIps.join(', ')} and programs iptables rules for it; with kube-proxy in nftables mode that is undocumented.${fails}`,
        fix: [
          'Migrate one node first and ask its DNS before going on:',
          'NODE=<name of the node>',
          `kubectl run dns-check --rm -i --restart=Never --image=busybox:1.36 --overrides='{"spec":{"nodeName":"'$NODE'"}}' -- nslookup kubernetes.default.svc.cluster.local ${address.split(' ', 1)[0]}`,
          'Or change to the layout for ipvs (its local address alone, and the kubelet’s clusterDNS set to it), which works in every mode.',
        ].join('\n'),
      };
    }),
};
