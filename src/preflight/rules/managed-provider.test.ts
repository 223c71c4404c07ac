import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { node, notAsked } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { managedProvider } from './managed-provider.ts';

const kubeadm = { 'kube-system/kubeadm-config': { ClusterConfiguration: 'kubernetesVersion: v1.36.3\n' } };

testRule(managedProvider, {
  'passes kubeadm': { target: 'nftables', configMaps: kubeadm, finds: 'nothing' },
  'passes a cluster of no known make': { target: 'iptables', finds: 'nothing' },
  'blocks AKS with its command': {
    target: 'nftables',
    nodes: [node({ labels: { 'kubernetes.azure.com/cluster': 'c' } })],
    finds: 'block',
    says: ['AKS', 'within minutes', '--kube-proxy-config'],
  },
  'blocks the EKS add-on': {
    target: 'ipvs',
    proxy: { labels: { 'eks.amazonaws.com/component': 'kube-proxy' } },
    finds: 'block',
    says: ['at its next update', '"mode":"ipvs"'],
  },
  'blocks RKE2, whose mode is in files': {
    target: 'nftables',
    proxy: null,
    nodes: [node({ kubelet: 'v1.35.7+rke2r1' })],
    finds: 'block',
    says: 'kubelet v1.35.7+rke2r1',
  },
  'blocks GKE Dataplane V2': {
    target: 'nftables',
    proxy: null,
    nodes: [node({ mode: notAsked, labels: { 'cloud.google.com/gke-nodepool': 'p' } })],
    finds: 'block',
    says: 'runs no kube-proxy here',
  },
  'warns on kubespray': {
    target: 'iptables',
    configMaps: kubeadm,
    daemonSets: [daemonSet('nodelocaldns')],
    finds: 'warn',
    says: 'kube_proxy_mode: iptables',
  },
  'does not know without the nodes': {
    target: 'nftables',
    nodes: unseen('listing nodes is forbidden'),
    finds: 'unknown',
  },
});
