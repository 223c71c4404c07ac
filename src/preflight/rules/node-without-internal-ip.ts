// kube-proxy asks its Node for an address before anything else: InternalIP, or else ExternalIP. Without any it waits for ever.
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';

export const nodeWithoutInternalIp: NodeRule = {
  id: 'node-without-internal-ip',
  section: 9,
  scope: 'node',
  title: 'the Node has no address',
  verdicts: everyMode('block'),
  source: 'pkg/proxy/node.go, NewNodeManager; pkg/util/node, GetNodeHostIPs; measured on 1.36.3',
  check: ({ node }) => {
    // An ExternalIP serves as well: kube-proxy takes it where there is no InternalIP.
    if (node.internalIps.length > 0 || node.externalIps.length > 0) return undefined;
    return {
      message:
        'The Node has no InternalIP in status.addresses (and no ExternalIP): a kube-proxy that is started there waits for one and never writes its first rules.',
      fix: `Give the kubelet an address (--node-ip), or let the cloud controller manager set it, until this shows one:\nkubectl get node <node> -o jsonpath='{.status.addresses}'`,
    };
  },
};
