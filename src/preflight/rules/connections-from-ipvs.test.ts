import { unseen } from '../known.ts';
import { node, notAsked } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { connectionsFromIpvs } from './connections-from-ipvs.ts';

testRule(connectionsFromIpvs, {
  'warns when ipvs is left for nftables': {
    target: 'nftables',
    nodes: [node({ mode: 'ipvs' })],
    finds: 'warn',
    says: ['removes kube-ipvs0', 'kubectl drain <node>'],
  },
  'warns when ipvs is left for iptables': {
    target: 'iptables',
    nodes: [node({ mode: 'ipvs' })],
    finds: 'warn',
    says: 'until then they go on',
  },
  'passes nodes in iptables mode': { target: 'nftables', finds: 'nothing' },
  'is not asked for ipvs': { target: 'ipvs', finds: 'nothing' },
  'does not know a node whose mode cannot be read': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    nodes: [node({ mode: notAsked })],
    finds: 'unknown',
  },
});
