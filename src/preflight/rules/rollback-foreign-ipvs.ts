// Virtual servers that are not kube-proxy's go with the first start in nftables mode, and going back to the old mode does not bring them
// back: kube-proxy does not know them.
import { given } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { foreignServers, showServer } from './shared-ipvs.ts';
import { counted } from './shared-words.ts';

export const rollbackForeignIpvs: NodeRule = {
  id: 'rollback-foreign-ipvs',
  section: 14,
  scope: 'node',
  title: "the node has virtual servers of somebody else's, which a rollback could not restore",
  // Only a start in nftables mode flushes them all; what ipvs mode deletes is a matter of foreign-ipvs and excludeCIDRs.
  verdicts: { nftables: 'block' },
  source: 'pkg/proxy/ipvs/proxier.go, cleanupLeftovers flushes IPVS; k/k#55857, k/k#76267',
  onlyForward: true,
  check: ({ cluster, node, target }) =>
    given([node.probe.virtualServers], (all) => {
      if (all.length === 0) return undefined;
      return given([node.kubeProxy.mode, foreignServers(node, cluster)], (running, foreign) => {
        // A node that runs nftables already has been through this at every start.
        if (foreign.length === 0 || running === target) return undefined;
        return {
          message: `${counted('virtual server', foreign.map(showServer), 3)} of somebody else's: the first start in nftables mode deletes them, and going back to ${running} does not restore them. For this node it is one way.`,
          fix: 'ipvsadm -Sn > /root/ipvs-before   # on the node; ipvsadm -R < /root/ipvs-before brings all of them back, those of Services included\nBetter: have their owner (lvscare, keepalived, kube-vip) serve without IPVS first, or leave the node out by spec.nodeSelector.',
        };
      });
    }),
};
