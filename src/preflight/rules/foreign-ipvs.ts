// Virtual servers somebody else keeps: nftables mode flushes all there are at every start, ipvs mode deletes what it does not know.
import { ranges } from '../cidr.ts';
import type { VirtualServer } from '../facts/probe.ts';
import { given } from '../known.ts';
import type { Hit, NodeRule } from '../rule.ts';
import { configFor, listAt } from './shared-config.ts';
import { foreignServers, showServer } from './shared-ipvs.ts';
import { few } from './shared-words.ts';

export const foreignIpvs: NodeRule = {
  id: 'foreign-ipvs',
  section: 5,
  scope: 'node',
  title: 'the node has virtual servers that are not of Services',
  // To iptables nothing is flushed unless somebody runs `kube-proxy --cleanup`, which the operator never does: a warning.
  verdicts: { iptables: 'warn', ipvs: 'warn', nftables: ['block', 'warn'] },
  source: 'k/k#55857, k/k#83232, k/k#76267; pkg/proxy/ipvs/cleanup.go',
  onlyForward: true,
  check: (context) =>
    given([foreignServers(context.node, context.cluster)], (servers) => {
      if (context.target === 'iptables') return toIptables(servers);
      return given([configFor(context)], (config) => {
        const excluded = listAt(config, ['ipvs', 'excludeCIDRs']);
        return context.target === 'ipvs' ? toIpvs(servers, excluded) : toNftables(servers, excluded);
      });
    }),
};

function toIptables(servers: readonly VirtualServer[]): Hit | undefined {
  if (servers.length === 0) return undefined;
  return {
    message: `Virtual servers that are not of Services: ${list(servers)}. They stay, unless kube-proxy --cleanup is run here: that deletes every virtual server of the node.`,
    fix: 'Never run kube-proxy --cleanup on this node. What there is: cat /proc/net/ip_vs',
  };
}

/** excludeCIDRs are honoured while ipvs mode runs, and only then. */
function toIpvs(servers: readonly VirtualServer[], excluded: readonly string[]): Hit | undefined {
  const covered = ranges(excluded);
  const open = servers.filter(({ protocol, address }) => protocol !== 'FWM' && !covered.has(address));
  if (open.length === 0) return undefined;
  const cidrs = [...new Set(open.map(({ address }) => `${address}/${address.includes(':') ? 128 : 32}`))];
  return {
    message: `Virtual servers that are not of Services: ${list(open)}. In ipvs mode kube-proxy deletes them, because ipvs.excludeCIDRs does not name them.`,
    fix: `# in kube-proxy's configuration\nipvs:\n  excludeCIDRs: ${JSON.stringify([...excluded, ...cidrs])}`,
  };
}

function toNftables(servers: readonly VirtualServer[], excluded: readonly string[]): Hit | undefined {
  if (servers.length > 0)
    return {
      message: `Virtual servers that are not of Services: ${list(servers)}. kube-proxy in nftables mode deletes all virtual servers of a node, at this and every later start, and ipvs.excludeCIDRs does not keep it from that.`,
      fix: 'Move these addresses to something that does not use ipvs (kube-vip without lb_enable, HAProxy with keepalived), or leave this node out of spec.nodeSelector. What there is: cat /proc/net/ip_vs',
    };
  if (excluded.length === 0) return undefined;
  return {
    verdict: 'warn',
    message: `ipvs.excludeCIDRs names ${few(excluded)}, so somebody has virtual servers of their own; this node has none now. nftables mode would delete them at every start.`,
    fix: 'Make sure that nothing puts virtual servers on this node any more, then remove ipvs.excludeCIDRs.',
  };
}

function list(servers: readonly VirtualServer[]): string {
  return few(servers.map(showServer));
}
