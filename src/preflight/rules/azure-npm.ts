// Azure Network Policy Manager programs iptables and was never made to work with ipvs.
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';

export const azureNpm: ClusterRule = {
  id: 'azure-npm',
  section: 3,
  scope: 'cluster',
  title: 'Azure Network Policy Manager is installed',
  verdicts: { ipvs: 'block', nftables: 'info' },
  source: 'AKS documentation, configure-kube-proxy',
  check: ({ cluster, target }) =>
    given([cluster.cni], ({ azureNpm: found }) => {
      if (found === undefined) return undefined;
      const what = `DaemonSet ${found.namespace}/azure-npm is installed`;
      if (target !== 'ipvs')
        return {
          message: `${what}: it programs iptables, which works beside kube-proxy's nftables rules. Try a network policy on the first node.`,
        };
      return {
        message: `${what}: Azure Network Policy Manager does not support kube-proxy in ipvs mode.`,
        fix: 'Choose nftables or iptables as target, or move to another policy engine first:\naz aks update --resource-group <group> --name <cluster> --network-policy cilium --network-dataplane cilium',
      };
    }),
};
