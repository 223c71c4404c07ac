// ipvs translates every packet by its own table. When that goes, so do the connections in it; iptables and nftables leave them to conntrack.
import { given } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { leaving } from './shared-from.ts';

export const connectionsFromIpvs: NodeRule = {
  id: 'connections-from-ipvs',
  section: 9,
  scope: 'node',
  title: 'established connections to Services break',
  verdicts: { iptables: 'warn', nftables: 'warn' },
  source: 'k/k#71358, k/k#117205, k/k#99162; pkg/proxy/ipvs/cleanup.go',
  check: ({ target, from }) =>
    given([leaving(from)], (mode) => {
      if (mode !== 'ipvs') return undefined;
      return {
        message: `The node runs ipvs. Established connections through Services break ${target === 'nftables' ? 'when kube-proxy starts in nftables mode: it removes kube-ipvs0 and all virtual servers' : 'when kube-ipvs0 and the virtual servers are cleaned up; until then they go on'}.`,
        fix: '# if the node has pods that mind\nkubectl drain <node> --ignore-daemonsets --delete-emptydir-data\n# and when it is switched\nkubectl uncordon <node>',
      };
    }),
};
