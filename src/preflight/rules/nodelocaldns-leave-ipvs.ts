// Good news when leaving ipvs: the layout with the local address alone works in every mode.
//
// The way back finds the layout as it is, so there is nothing to say of it.
import type { ClusterRule } from '../rule.ts';
import { ofNodeLocalDns } from './shared-node-local-dns.ts';

export const nodelocaldnsLeaveIpvs: ClusterRule = {
  id: 'nodelocaldns-leave-ipvs',
  section: 4,
  scope: 'cluster',
  title: 'NodeLocal DNSCache has its layout for ipvs',
  verdicts: { iptables: 'info', nftables: 'info' },
  source: 'gardener documentation, NodeLocal DNS',
  onlyForward: true,
  check: ({ cluster, from }) => {
    // Who does not come from ipvs leaves nothing behind.
    if (from !== undefined && from !== 'ipvs') return undefined;
    return ofNodeLocalDns(cluster, ({ namespace, name, localIps, clusterIps }) => {
      if (clusterIps.length > 0) return undefined;
      return {
        message: `NodeLocal DNSCache (DaemonSet ${namespace}/${name}) takes ${localIps.join(', ')} alone, its layout for ipvs, which works in every mode: keep it, and keep the DaemonSet as long as pods have ${localIps.join(', ')} in their resolv.conf.`,
      };
    });
  },
};
