import type { Pod } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { daemonSet, proxyPod } from '../testing/cluster.ts';
import { node, notAsked } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { clusterSick } from './cluster-sick.ts';

const status = (ready: string, reason?: string): NonNullable<Pod['status']> => ({
  phase: 'Running',
  conditions: [{ type: 'Ready', status: ready }],
  containerStatuses: [{ name: 'c', state: reason === undefined ? {} : { waiting: { reason } } }],
});
const proxy = (ready: string, reason?: string): readonly Pod[] => [
  { ...proxyPod('n1'), status: status(ready, reason) },
];
const felix = (name: string, nodeName: string, ready: string): Pod => ({
  metadata: { name, namespace: 'kube-system', ownerReferences: [{ kind: 'DaemonSet', name: 'calico-node' }] },
  spec: { nodeName },
  status: status(ready),
});
const calico = [daemonSet('calico-node', { image: 'calico/node:v3.32.0' })];

testRule(clusterSick, {
  'passes a healthy node': { target: 'nftables', finds: 'nothing' },
  'passes a pod that was restarted long ago': {
    target: 'nftables',
    nodes: [node({ hasPod: false })],
    pods: [
      {
        ...proxyPod('n1'),
        status: { ...status('True'), containerStatuses: [{ name: 'kube-proxy', ready: true, restartCount: 7 }] },
      },
    ],
    finds: 'nothing',
  },
  'blocks a node that is NotReady': {
    target: 'nftables',
    nodes: [node(), node({ name: 'n2', ready: false, mode: notAsked })],
    finds: ['block'],
    says: ['The node is NotReady', 'kubectl describe node $NODE'],
  },
  'blocks a kube-proxy in a crash loop': {
    target: 'iptables',
    nodes: [node({ hasPod: false })],
    pods: proxy('False', 'CrashLoopBackOff'),
    finds: 'block',
    says: ['Its pod of kube-proxy is in CrashLoopBackOff', 'kubectl -n kube-system get pods'],
  },
  'blocks a kube-proxy that is not Ready': {
    target: 'ipvs',
    nodes: [node({ hasPod: false })],
    pods: proxy('False'),
    finds: 'block',
    says: 'is not Ready',
  },
  'blocks a kube-proxy that never synced': {
    target: 'nftables',
    nodes: [
      node({
        metrics: [
          'process_start_time_seconds 1.8e+09',
          'kubeproxy_sync_proxy_rules_iptables_restore_failures_total 12',
        ],
      }),
    ],
    finds: 'block',
    says: ['has not programmed any rules since it started, 12 attempts failed', 'kubectl -n kube-system logs'],
  },
  'blocks the node whose network pod is not Ready': {
    target: 'nftables',
    nodes: [node(), node({ name: 'n2' })],
    daemonSets: calico,
    pods: [felix('calico-node-a', 'n1', 'True'), felix('calico-node-b', 'n2', 'False')],
    finds: ['block'],
    says: 'Its pod of calico-node is not Ready',
  },
  'passes a node without kube-proxy': { target: 'nftables', nodes: [node({ hasPod: false })], finds: 'nothing' },
  'passes a kube-proxy that does not answer, for another rule': {
    target: 'nftables',
    nodes: [node({ mode: notAsked, metrics: notAsked })],
    finds: 'nothing',
  },
  'does not know without the pods': {
    target: 'nftables',
    pods: unseen('listing pods is forbidden'),
    finds: 'unknown',
  },
});
