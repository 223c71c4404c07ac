import { unseen } from '../known.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { conntrackInvalid } from './conntrack-invalid.ts';

const metrics = (value: number): readonly string[] => [
  `kubeproxy_iptables_ct_state_invalid_dropped_packets_total ${value}`,
];

testRule(conntrackInvalid, {
  'warns when packets were dropped on an old kernel': {
    target: 'nftables',
    nodes: [node({ kernel: '5.15.0-130-generic', metrics: metrics(12) })],
    finds: 'warn',
    says: ['12 packets', '5.15.0-130-generic', 'tcpBeLiberal: true'],
  },
  'passes a counter at zero': { target: 'nftables', nodes: [node({ metrics: metrics(0) })], finds: 'nothing' },
  'passes a kernel of 6.1': {
    target: 'nftables',
    nodes: [node({ kernel: '6.1.0-31-amd64', metrics: metrics(12) })],
    finds: 'nothing',
  },
  'passes tcpBeLiberal that the migration sets': {
    target: 'nftables',
    nodes: [node({ metrics: metrics(12) })],
    change: { conntrack: { tcpBeLiberal: true } },
    finds: 'nothing',
  },
  'informs towards ipvs': { target: 'ipvs', nodes: [node({ metrics: metrics(12) })], finds: 'info' },
  'passes when ipvs is left': { target: 'nftables', nodes: [node({ mode: 'ipvs' })], finds: 'nothing' },
  'does not know a kube-proxy that does not count': { target: 'nftables', finds: 'unknown', says: '1.31 does' },
  'does not know a kube-proxy that did not answer': {
    target: 'nftables',
    nodes: [node({ metrics: unseen('the node does not answer') })],
    finds: 'unknown',
  },
});
