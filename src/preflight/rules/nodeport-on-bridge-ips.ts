// iptables and ipvs mode serve node ports on docker0, tunl0 and other bridges, too; containers beside the cluster may have come to use that.
import type { Service } from '../facts/objects.ts';
import type { VirtualServer } from '../facts/probe.ts';
import { derive, given } from '../known.ts';
import type { Known } from '../known.ts';
import type { NodeContext, NodeRule } from '../rule.ts';
import { configFor, listAt } from './shared-config.ts';
import { otherAddresses } from './shared-node-addresses.ts';
import { familiesOf, nodePortsOf, nodePortUsers } from './shared-services.ts';

export const nodeportOnBridgeIps: NodeRule = {
  id: 'nodeport-on-bridge-ips',
  section: 6,
  scope: 'node',
  title: 'node ports are served on addresses of bridges and tunnels',
  // A device of the pod network alone is information: every node has one, and nobody gives its address to clients.
  verdicts: { iptables: 'info', ipvs: 'info', nftables: ['warn', 'info'] },
  source: 'KEP-3866; observed with ipvsadm on a kubeadm cluster of 1.22',
  onlyForward: true,
  check: (context) => {
    const { cluster, target, from } = context;
    if ((target === 'nftables') === (from === 'nftables')) return undefined;
    return given([cluster.services], (services) => {
      if (nodePortUsers(services).length === 0) return undefined;
      return given([configFor(context)], (config) => {
        if (listAt(config, ['nodePortAddresses']).length > 0) return undefined;
        return given([inner(context, services)], ({ bridges, pods }) => {
          const all = [...bridges, ...pods].join(', ');
          if (all === '') return undefined;
          if (target !== 'nftables') return { message: `In mode ${target}, node ports are served on ${all} as well.` };
          return {
            verdict: bridges.length > 0 ? 'warn' : 'info',
            message: `Node ports are served on ${all} today, and in nftables mode no longer: it takes the primary address only.`,
            fix: 'If containers or pods of this node use node ports there:\nspec:\n  config:\n    nodePortAddresses: ["0.0.0.0/0"]',
          };
        });
      });
    });
  },
};

type Inner = { readonly bridges: readonly string[]; readonly pods: readonly string[] };

/** In ipvs mode virtual servers prove it; of iptables mode it is known that it takes every address. */
function inner({ node, cluster, from }: NodeContext, services: readonly Service[]): Known<Inner> {
  const others = otherAddresses(node, cluster, familiesOf(nodePortUsers(services)));
  if (from !== 'ipvs') return others;
  return derive([others, node.probe.virtualServers], ({ bridges, pods }, servers) => {
    const served = servedOn(servers, nodePortsOf(services));
    const only = (shown: readonly string[]): readonly string[] =>
      shown.filter((one) => served.has(one.split(' ', 1)[0] ?? ''));
    return { bridges: only(bridges), pods: only(pods) };
  });
}

function servedOn(servers: readonly VirtualServer[], ports: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(
    servers.filter(({ protocol, port }) => ports.has(`${protocol} ${port}`)).map(({ address }) => address),
  );
}
