import type { Pod } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { proxyPod } from '../testing/cluster.ts';
import { node, notAsked } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { modeDrift } from './mode-drift.ts';

const writtenAt = (time: string, manager = 'kubectl-edit', owned = 'f:data'): object => ({
  configMap: { managedFields: [{ manager, time, fieldsV1: { [owned]: {} } }] },
});
const madeAt = (creationTimestamp: string): Pod => {
  const pod = proxyPod('n1');
  return { ...pod, metadata: { ...pod.metadata, creationTimestamp } };
};

testRule(modeDrift, {
  'passes a node that runs what is written': { target: 'nftables', finds: 'nothing' },
  'passes an unset mode that is the default': { target: 'nftables', config: { mode: '' }, finds: 'nothing' },
  'warns of the node that does not': {
    target: 'nftables',
    config: { mode: 'ipvs' },
    nodes: [node({ mode: 'ipvs' }), node({ name: 'n2', mode: 'iptables' })],
    finds: ['warn'],
    says: [
      'kube-proxy runs iptables, and its configuration says ipvs',
      "kubectl -n kube-system delete pod -l 'k8s-app=kube-proxy' --field-selector spec.nodeName=$NODE",
    ],
  },
  'warns of a ConfigMap that was written after the pod was made': {
    target: 'ipvs',
    proxy: writtenAt('2026-05-02T10:00:00Z'),
    nodes: [node({ hasPod: false })],
    pods: [madeAt('2026-05-01T10:00:00Z')],
    finds: 'warn',
    says: ['written at 2026-05-02T10:00:00Z', 'curl -s http://127.0.0.1:10249/configz'],
  },
  'passes a node that never left its mode while Proxymode changed the ConfigMap and put it back': {
    target: 'ipvs',
    proxy: writtenAt('2026-05-02T10:00:00Z', 'proxymode'),
    nodes: [node({ hasPod: false })],
    pods: [madeAt('2026-05-01T10:00:00Z')],
    finds: 'nothing',
  },
  'warns of the mode whoever wrote it': {
    target: 'ipvs',
    config: { mode: 'nftables' },
    proxy: writtenAt('2026-05-02T10:00:00Z', 'proxymode'),
    nodes: [node({ hasPod: false })],
    pods: [madeAt('2026-05-01T10:00:00Z')],
    finds: 'warn',
    says: 'kube-proxy runs iptables, and its configuration says nftables',
  },
  'passes a ConfigMap of which somebody changed a label': {
    target: 'ipvs',
    proxy: writtenAt('2026-05-02T10:00:00Z', 'kubectl-label', 'f:metadata'),
    nodes: [node({ hasPod: false })],
    pods: [madeAt('2026-05-01T10:00:00Z')],
    finds: 'nothing',
  },
  'passes a pod that is newer': {
    target: 'iptables',
    proxy: writtenAt('2026-05-02T10:00:00Z'),
    nodes: [node({ hasPod: false })],
    pods: [madeAt('2026-05-03T10:00:00Z')],
    finds: 'nothing',
  },
  'passes a container that was restarted since': {
    target: 'iptables',
    proxy: writtenAt('2026-05-02T10:00:00Z'),
    nodes: [node({ hasPod: false, metrics: ['process_start_time_seconds 1.7800e+09'] })],
    pods: [madeAt('2026-05-01T10:00:00Z')],
    finds: 'nothing',
  },
  'does not know a kube-proxy that does not answer': {
    target: 'nftables',
    nodes: [node({ mode: notAsked })],
    finds: 'unknown',
  },
  'passes a node without kube-proxy': {
    target: 'nftables',
    nodes: [node({ mode: notAsked, hasPod: false })],
    finds: 'nothing',
  },
  'does not know without the configuration': {
    target: 'ipvs',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
  },
});
