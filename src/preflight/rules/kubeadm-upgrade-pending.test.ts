import { unseen } from '../known.ts';
import { proxyPod } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { kubeadmUpgradePending } from './kubeadm-upgrade-pending.ts';

const says = (version: string): Readonly<Record<string, Readonly<Record<string, string>>>> => ({
  'kube-system/kubeadm-config': { ClusterConfiguration: `kubernetesVersion: ${version}\n` },
});

testRule(kubeadmUpgradePending, {
  'passes when all is of one version': { target: 'nftables', configMaps: says('v1.36.3'), finds: 'nothing' },
  'has nothing to say without kubeadm': { target: 'nftables', finds: 'nothing' },
  'warns of an image that is behind': {
    target: 'nftables',
    configMaps: says('v1.37.0'),
    finds: 'warn',
    says: ['Kubernetes 1.37.0', 'image is 1.36.3', 'kubeadm upgrade plan'],
  },
  'warns of pods that are behind': {
    target: 'iptables',
    configMaps: says('v1.36.3'),
    nodes: [node({ hasPod: false })],
    pods: [proxyPod('n1', 'v1.35.1')],
    finds: 'warn',
    says: '1 of its pods still run another image',
  },
  'warns for ipvs, too': { target: 'ipvs', configMaps: says('v1.36.4'), finds: 'warn' },
  'does not know an image without a version': {
    target: 'nftables',
    version: 'latest',
    configMaps: says('v1.36.3'),
    finds: 'unknown',
    says: '"latest"',
  },
  'does not know what it may not read': {
    target: 'nftables',
    configMaps: { 'kube-system/kubeadm-config': unseen('reading ConfigMaps is forbidden') },
    finds: 'unknown',
  },
});
