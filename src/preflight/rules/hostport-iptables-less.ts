// The CNI plugin portmap makes hostPorts with iptables wherever it works, and with nft only where it does not.
import { given } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { hostPorts, podName, podsOn } from './shared-node-pods.ts';
import { counted } from './shared-words.ts';

export const hostportIptablesLess: NodeRule = {
  id: 'hostport-iptables-less',
  section: 6,
  scope: 'node',
  title: 'pods have hostPorts on a node without iptables',
  verdicts: { nftables: 'warn' },
  source: 'containernetworking/plugins#1280',
  onlyForward: true,
  check: ({ cluster, node }) =>
    given([cluster.pods], (pods) => {
      const users = podsOn(pods, node.name).filter((pod) => hostPorts(pod, 'own').length > 0);
      if (users.length === 0) return undefined;
      return given([node.probe.hostPrograms], (programs) => {
        if (programs.has('iptables') || programs.has('iptables-nft') || programs.has('iptables-legacy'))
          return undefined;
        return {
          message: `${counted('pod', users.map(podName), 3)} with a hostPort, and the node has no iptables: it depends on the network's portmap whether hostPorts work. Calico's fails there.`,
          fix: 'Install iptables on the node, or replace hostPorts by a NodePort or LoadBalancer Service.',
        };
      });
    }),
};
