// kube-proxy asks its Node for an address first: InternalIP, or else ExternalIP. Without any it waits for half a minute, and goes on
// with bindAddress or with loopback, which it takes for a sign of IPv4 (NewNodeManager and detectNodeIPs of 1.36.3; getNodeIPs of earlier
// versions waits as long). The rules of the old process stay in the kernel meanwhile. Traffic policies go by the node's name.
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeContext, NodeRule, Outcome } from '../rule.ts';
import { configFor } from './shared-config.ts';

const WITHOUT = 'The Node has no InternalIP in status.addresses (and no ExternalIP)';
const FIX = `Give the kubelet an address (--node-ip), or let the cloud controller manager set it, until this shows one:\nkubectl get node <node> -o jsonpath='{.status.addresses}'`;

export const nodeWithoutInternalIp: NodeRule = {
  id: 'node-without-internal-ip',
  section: 9,
  scope: 'node',
  title: 'the Node has no address',
  verdicts: everyMode(['warn', 'block']),
  source:
    'pkg/proxy/node.go, NewNodeManager; cmd/kube-proxy/app/server.go, detectNodeIPs and checkBadIPConfig; measured on 1.36.3',
  check: (context) => {
    const { node } = context;
    // An ExternalIP serves as well: kube-proxy takes it where there is no InternalIP.
    if (node.internalIps.length > 0 || node.externalIps.length > 0) return undefined;
    const isIPv6Only = node.podCidrs.length > 0 && node.podCidrs.every((cidr) => cidr.includes(':'));
    return isIPv6Only ? ofIPv6(context) : goesOn(context);
  },
};

/** Pod CIDRs of the other family than that of the address it assumes end kube-proxy, if it goes by them. */
function ofIPv6(context: NodeContext): Outcome {
  return given([configFor(context)], (config) => {
    if (config.at(['detectLocalMode']) !== 'NodeCIDR') return goesOn(context);
    const message = `${WITHOUT}: a kube-proxy that is started there assumes 127.0.0.1 after 30 s, unless bindAddress is an IPv6 address, and ends because the node's pod CIDRs are IPv6 (detectLocalMode: NodeCIDR).`;
    return { verdict: 'block', message, fix: FIX };
  });
}

function goesOn({ target }: NodeContext): Outcome {
  const where =
    target === 'nftables'
      ? 'NodePorts are then served on every address of the node instead of its primary one'
      : 'With nodePortAddresses: [primary], NodePorts are then served on every address of the node';
  return {
    message: `${WITHOUT}: each kube-proxy that is started there waits 30 s for one, under the rules of the one before it, and goes on with bindAddress or, where that is unset, with 127.0.0.1. ${where}, and a loadBalancerSourceRanges that names the node may not let in its own connections.`,
    fix: FIX,
  };
}
