import { describe, expect, it } from 'vitest';
import { factsFrom } from '../facts/from-snapshot.ts';
import { unseen, valueOr } from '../known.ts';
import { custom, daemonSet, snapshotOf } from '../testing/cluster.ts';
import type { Pod } from '../facts/objects.ts';
import type { ClusterParts } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import type { Distribution } from './distribution.ts';

function detected(parts: ClusterParts): Distribution | undefined {
  return valueOr(factsFrom(snapshotOf(parts)).cluster.distribution, undefined);
}

function named(name: string, namespace: string, labels: Readonly<Record<string, string>> = {}): Pod {
  return { metadata: { name, namespace, labels }, spec: { hostNetwork: true } };
}

const kubeadm = { 'kube-system/kubeadm-config': { ClusterConfiguration: 'kubernetesVersion: v1.36.3\n' } };

describe('detectDistribution', () => {
  it.each<[string, ClusterParts, string]>([
    ['kubeadm', { configMaps: kubeadm }, 'EDIT'],
    ['kind', { nodes: [node({ providerID: 'kind://docker/kind/n1' })], configMaps: kubeadm }, 'EDIT'],
    [
      'minikube',
      { nodes: [node({ labels: { 'minikube.k8s.io/name': 'minikube' } })], configMaps: kubeadm },
      'EDIT-THEN-UPSTREAM',
    ],
    ['kubespray', { daemonSets: [daemonSet('nodelocaldns')], configMaps: kubeadm }, 'EDIT-THEN-UPSTREAM'],
    [
      'kubesphere',
      { namespaces: [{ metadata: { name: 'kubesphere-system' } }], configMaps: kubeadm },
      'EDIT-THEN-UPSTREAM',
    ],
    ['sealos', { pods: [named('kube-sealos-lvscare-n1', 'kube-system')], configMaps: kubeadm }, 'EDIT'],
    [
      'cluster-api',
      { nodes: [node({ annotations: { 'cluster.x-k8s.io/machine': 'm' } })], configMaps: kubeadm },
      'EDIT',
    ],
    ['talos', { nodes: [node({ osImage: 'Talos (v1.11.0)' })] }, 'EDIT-THEN-UPSTREAM'],
    ['rke2', { nodes: [node({ kubelet: 'v1.35.7+rke2r1' })], proxy: null }, 'NODE'],
    ['k3s', { nodes: [node({ kubelet: 'v1.35.2+k3s1' })], proxy: null }, 'NODE'],
    ['k0s', { nodes: [node({ kubelet: 'v1.34.1+k0s' })] }, 'NODE'],
    ['k0s', { nodes: [node({ kubelet: 'v1.34.1+k0s' })], custom: { k0sClusterConfigs: [custom('k0s', {})] } }, 'API'],
    ['eks', { nodes: [node({ labels: { 'eks.amazonaws.com/nodegroup': 'a' } })] }, 'EDIT'],
    ['eks', { proxy: { labels: { 'eks.amazonaws.com/component': 'kube-proxy' } } }, 'API'],
    ['aks', { nodes: [node({ labels: { 'kubernetes.azure.com/cluster': 'c' } })] }, 'API'],
    ['gke', { nodes: [node({ labels: { 'cloud.google.com/gke-nodepool': 'p' } })] }, 'NODE'],
    ['openshift', { custom: { clusterNetworkOperators: [custom('cluster', {})] } }, 'API'],
    ['gardener', { proxy: { labels: { 'gardener.cloud/role': 'system-component' } } }, 'API'],
    ['unknown', {}, 'EDIT'],
    ['unknown', { proxy: null }, 'NODE'],
  ])('recognises %s', (id, parts, right) => {
    expect(detected(parts)).toMatchObject({ id, right });
  });

  it('takes no pod and no DaemonSet of another namespace for a sign', () => {
    const pods = [
      named('kube-sealos-lvscare-x', 'apps'),
      named('nginx-proxy-x', 'apps'),
      named('x', 'apps', { 'kubernetes.io/managed-by': 'nodeup' }),
    ];
    const daemonSets = [daemonSet('nodelocaldns', { namespace: 'apps' })];
    expect(detected({ pods, daemonSets, configMaps: kubeadm })?.id).toBe('kubeadm');
  });

  it('says by what, and what to change upstream', () => {
    const found = detected({ nodes: [node({ labels: { 'kubernetes.azure.com/cluster': 'c' } })] });
    expect(found?.evidence).toBe('node n1 has label kubernetes.azure.com/cluster=c');
    expect(found?.reverted).toBe(true);
    expect(found?.upstream('nftables')).toContain('"mode": "NFTABLES"');
  });

  it('does not know without the nodes', () => {
    const { distribution } = factsFrom(snapshotOf({ nodes: unseen('listing nodes is forbidden') })).cluster;
    expect(distribution).toEqual({ known: false, why: 'listing nodes is forbidden' });
  });
});
