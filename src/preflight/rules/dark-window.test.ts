import { unseen } from '../known.ts';
import { node, notAsked } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { darkWindow } from './dark-window.ts';

testRule(darkWindow, {
  'warns towards nftables': { target: 'nftables', finds: 'warn', says: ['rules of iptables', 'kubectl drain <node>'] },
  'informs when nftables is left for iptables': {
    target: 'iptables',
    nodes: [node({ mode: 'nftables' })],
    finds: 'info',
  },
  'passes from ipvs to iptables': { target: 'iptables', nodes: [node({ mode: 'ipvs' })], finds: 'nothing' },
  'passes nodes that are there': { target: 'nftables', nodes: [node({ mode: 'nftables' })], finds: 'nothing' },
  'is not asked for ipvs': { target: 'ipvs', finds: 'nothing' },
  'does not know a node whose mode cannot be read': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    nodes: [node({ mode: notAsked })],
    finds: 'unknown',
  },
});
