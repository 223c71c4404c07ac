// flannel masquerades and opens FORWARD by iptables, or with EnableNFTables by nftables. Mixed with kube-proxy's other choice it works on
// most hosts, but the order of the two is then nobody's promise; and on a host without iptables only nftables works at all.
import { isRhel10 } from '../facts/os.ts';
import type { ClusterRule } from '../rule.ts';
import { given } from '../known.ts';

export const flannelNft: ClusterRule = {
  id: 'flannel-nft',
  section: 3,
  scope: 'cluster',
  title: "flannel's EnableNFTables does not match the target mode",
  verdicts: { iptables: 'warn', ipvs: 'warn', nftables: 'warn' },
  source: 'flannel-io/flannel Documentation/configuration.md; kubespray and Talos flannel templates',
  check: ({ cluster, nodes, target }) =>
    given([cluster.cni], ({ flannel, canal }) => {
      // canal answers for both halves.
      if (flannel === undefined || (canal && target === 'nftables')) return undefined;
      return given([flannel.enableNFTables], (enabled) => {
        const wanted = target === 'nftables';
        if (enabled === wanted) return undefined;
        const { name, namespace = 'default' } = flannel.daemonSet.metadata;
        const without = wanted ? nodes.filter(isRhel10).map((node) => node.name) : [];
        const required =
          without.length === 0
            ? ''
            : ` It has to be true on hosts without iptables: ${without.slice(0, 5).join(', ')}.`;
        return {
          message: `flannel has EnableNFTables ${enabled}, and kube-proxy is to run ${target}: the rules of the two are then in different frameworks.${required}`,
          fix: [
            `kubectl -n ${namespace} edit configmap ${flannel.configMap}   # net-conf.json: "EnableNFTables": ${wanted}`,
            `kubectl -n ${namespace} rollout restart daemonset ${name}`,
          ].join('\n'),
        };
      });
    }),
};
