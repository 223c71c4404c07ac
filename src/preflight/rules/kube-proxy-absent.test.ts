import { unseen } from '../known.ts';
import { custom, daemonSet } from '../testing/cluster.ts';
import { node, notAsked } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { kubeProxyAbsent } from './kube-proxy-absent.ts';

const silent = [node({ mode: notAsked })];
const cilium = { 'kube-system/cilium-config': { 'kube-proxy-replacement': 'true' } };

testRule(kubeProxyAbsent, {
  'passes kubeadm': { target: 'nftables', finds: 'nothing' },
  'blocks a cluster in which nobody answers': {
    target: 'nftables',
    proxy: null,
    nodes: silent,
    finds: 'block',
    says: ['no node answers', 'spec.kubeProxy.daemonSet'],
  },
  'names Cilium': {
    target: 'iptables',
    proxy: null,
    nodes: silent,
    daemonSets: [daemonSet('cilium', { container: 'cilium-agent' })],
    configMaps: cilium,
    finds: 'block',
    says: 'Cilium (kube-proxy-replacement) handles Services',
  },
  'names Calico with eBPF': {
    target: 'ipvs',
    proxy: null,
    nodes: silent,
    daemonSets: [daemonSet('calico-node', { image: 'calico/node:v3.30.0' })],
    custom: { felixConfigurations: [custom('default', { bpfEnabled: true })] },
    finds: 'block',
    says: 'Calico with its eBPF dataplane',
  },
  'names kube-router': {
    target: 'nftables',
    proxy: null,
    nodes: silent,
    daemonSets: [daemonSet('kube-router', { args: ['--run-service-proxy=true'] })],
    finds: 'block',
    says: 'kube-router handles Services',
  },
  'passes a process of the nodes that answers': { target: 'nftables', proxy: null, finds: 'nothing' },
  'passes a configuration that was read on a node': {
    target: 'nftables',
    proxy: null,
    nodes: silent,
    fileOnNodes: 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n',
    finds: 'nothing',
  },
  'does not know when no node could be asked': {
    target: 'nftables',
    proxy: null,
    nodes: [node({ asked: false })],
    finds: 'unknown',
    says: 'no node could be asked',
  },
  'does not know without the DaemonSets': {
    target: 'ipvs',
    daemonSets: unseen('listing daemonsets is forbidden'),
    finds: 'unknown',
  },
});
