import type { Pod } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { kubeVipLb } from './kube-vip-lb.ts';

const pods = (value: string): readonly Pod[] => [
  {
    metadata: { name: 'kube-vip-n1', namespace: 'kube-system' },
    spec: {
      nodeName: 'n1',
      containers: [{ name: 'kube-vip', image: 'kube-vip:v0.8.9', env: [{ name: 'lb_enable', value }] }],
    },
  },
];

testRule(kubeVipLb, {
  'blocks nftables': {
    target: 'nftables',
    pods: pods('true'),
    finds: 'block',
    says: ['kube-vip-n1', 'at every start'],
  },
  'warns towards ipvs': { target: 'ipvs', pods: pods('true'), finds: 'warn', says: 'over and over' },
  'warns towards iptables': { target: 'iptables', pods: pods('true'), finds: 'warn', says: '--cleanup' },
  'passes kube-vip without it': { target: 'nftables', pods: pods('false'), finds: 'nothing' },
  'passes the other nodes': {
    target: 'nftables',
    nodes: [node({ name: 'w1' })],
    pods: pods('true'),
    finds: 'nothing',
  },
  'does not know without the pods': {
    target: 'nftables',
    pods: unseen('listing pods is forbidden'),
    finds: 'unknown',
  },
});
