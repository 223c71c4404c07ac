import type { Pod } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { sealosLvscare } from './sealos-lvscare.ts';

const nodes = [node({ name: 'cp1', mode: 'ipvs' }), node({ name: 'w1', mode: 'ipvs' })];
const pods: readonly Pod[] = [
  {
    metadata: { name: 'kube-sealos-lvscare-w1', namespace: 'kube-system' },
    spec: {
      nodeName: 'w1',
      containers: [{ name: 'kube-sealos-lvscare', image: 'sealos.hub:5000/sealos/lvscare:v5.0.1' }],
    },
  },
];

testRule(sealosLvscare, {
  'passes a cluster without it': { target: 'nftables', nodes, finds: 'nothing' },
  'blocks nftables on the nodes that have it': {
    target: 'nftables',
    nodes,
    pods,
    finds: ['block'],
    says: ['kube-system/kube-sealos-lvscare-w1', 'NotReady'],
  },
  'warns of cleaning up towards iptables': { target: 'iptables', nodes, pods, finds: ['warn'], says: '--cleanup' },
  'informs towards ipvs': { target: 'ipvs', nodes: [node({ name: 'w1' })], pods, finds: 'info', says: 'excludeCIDRs' },
  'does not know without the pods': {
    target: 'nftables',
    nodes: [node()],
    pods: unseen('listing pods is forbidden'),
    finds: 'unknown',
  },
});
