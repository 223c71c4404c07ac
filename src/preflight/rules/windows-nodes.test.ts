import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { node, notAsked } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { windowsNodes } from './windows-nodes.ts';

const mixed = [node(), node({ name: 'win1', os: 'windows', mode: notAsked })];

testRule(windowsNodes, {
  'passes Linux': { target: 'nftables', finds: 'nothing' },
  'names Windows nodes': { target: 'nftables', nodes: mixed, finds: 'info', says: '1 Windows node (win1)' },
  'names their DaemonSet': {
    target: 'ipvs',
    nodes: mixed,
    daemonSets: [daemonSet('kube-proxy-windows', { args: ['--proxy-mode=kernelspace'] })],
    finds: 'info',
    says: 'kube-system/kube-proxy-windows passes --proxy-mode=kernelspace',
  },
  'says it for iptables, too': { target: 'iptables', nodes: mixed, finds: 'info' },
  'does not know without the nodes': {
    target: 'nftables',
    nodes: unseen('listing nodes is forbidden'),
    finds: 'unknown',
  },
});
