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
  'blocks one without any': {
    target: 'nftables',
    nodes: [node({ ips: [] })],
    finds: 'block',
    says: ['no InternalIP', 'kubectl get node <node>'],
  },
  'blocks it for ipvs': { target: 'ipvs', nodes: [node({ ips: [] })], finds: 'block' },
  'blocks it for iptables': { target: 'iptables', nodes: [node({ ips: [] })], finds: 'block' },
  'does not know without the nodes': {
    target: 'nftables',
    nodes: unseen('listing nodes is forbidden'),
    finds: 'unknown',
  },
});
