import { unseen } from '../known.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { nodeWithoutInternalIp } from './node-without-internal-ip.ts';

testRule(nodeWithoutInternalIp, {
  'passes a node with an InternalIP': { target: 'nftables', finds: 'nothing' },
  'passes one with an ExternalIP alone': {
    target: 'nftables',
    nodes: [node({ ips: [], externalIps: ['203.0.113.7'] })],
    finds: 'nothing',
  },
  'warns of one without any': {
    target: 'nftables',
    nodes: [node({ ips: [] })],
    finds: 'warn',
    says: ['no InternalIP', 'waits 30 s', '127.0.0.1', 'instead of its primary one', 'kubectl get node <node>'],
  },
  'warns of it for ipvs': { target: 'ipvs', nodes: [node({ ips: [] })], finds: 'warn', says: '[primary]' },
  'warns of it for iptables': { target: 'iptables', nodes: [node({ ips: [] })], finds: 'warn', says: '[primary]' },
  'blocks one whose kube-proxy goes by pod CIDRs of IPv6': {
    target: 'nftables',
    nodes: [node({ ips: [], podCidrs: ['fd00:10:244::/64'] })],
    config: { detectLocalMode: 'NodeCIDR' },
    finds: 'block',
    says: 'ends because',
  },
  'warns of one with pod CIDRs of IPv6 that nobody goes by': {
    target: 'nftables',
    nodes: [node({ ips: [], podCidrs: ['fd00:10:244::/64'] })],
    finds: 'warn',
  },
  'warns of one with pod CIDRs of both families': {
    target: 'nftables',
    nodes: [node({ ips: [], podCidrs: ['fd00:10:244::/64', '10.244.0.0/24'] })],
    config: { detectLocalMode: 'NodeCIDR' },
    finds: 'warn',
  },
  'does not know without the nodes': {
    target: 'nftables',
    nodes: unseen('listing nodes is forbidden'),
    finds: 'unknown',
  },
});
