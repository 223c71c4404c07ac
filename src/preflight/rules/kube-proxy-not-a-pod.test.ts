import { unseen } from '../known.ts';
import { proxyPod } from '../testing/cluster.ts';
import { node, notAsked } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { kubeProxyNotAPod } from './kube-proxy-not-a-pod.ts';

const two = [node(), node({ name: 'n2' })];

testRule(kubeProxyNotAPod, {
  'passes a DaemonSet': { target: 'nftables', finds: 'nothing' },
  'blocks static pods': {
    target: 'nftables',
    proxy: null,
    pods: [proxyPod('n1')],
    finds: 'block',
    says: ['static pod (kube-system/kube-proxy-n1', '/etc/kubernetes/manifests'],
  },
  'prints what to change in RKE2': {
    target: 'iptables',
    proxy: null,
    pods: [proxyPod('n1')],
    nodes: [node({ kubelet: 'v1.35.7+rke2r1' })],
    finds: 'block',
    says: '- proxy-mode=iptables',
  },
  'blocks processes of the nodes': {
    target: 'ipvs',
    proxy: null,
    nodes: two,
    finds: 'block',
    says: ['node n1 and 1 more answer', 'spec.kubeProxy.type: Systemd'],
  },
  'passes them where their file is read over SSH': {
    target: 'nftables',
    proxy: null,
    nodes: two,
    fileOnNodes: 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ipvs\n',
    finds: 'nothing',
  },
  'leaves a cluster without any to another rule': {
    target: 'nftables',
    proxy: null,
    nodes: [node({ mode: notAsked })],
    finds: 'nothing',
  },
  'does not know without the pods': {
    target: 'nftables',
    proxy: null,
    pods: unseen('listing pods is forbidden'),
    finds: 'unknown',
  },
});
