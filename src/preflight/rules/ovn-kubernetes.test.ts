import { unseen } from '../known.ts';
import { custom, daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ovnKubernetes } from './ovn-kubernetes.ts';

const byOperator = (type: string) => ({
  custom: { clusterNetworkOperators: [custom('cluster', { defaultNetwork: { type } })] },
});
const forbidden = {
  custom: { clusterNetworkOperators: unseen('listing networks.operator.openshift.io is forbidden') },
};

testRule(ovnKubernetes, {
  'passes a cluster without it': { target: 'nftables', finds: 'nothing' },
  'blocks iptables by OpenShift’s operator': {
    target: 'iptables',
    proxy: null,
    ...byOperator('OVNKubernetes'),
    finds: 'block',
    says: ['OVN-Kubernetes', 'Nothing to migrate'],
  },
  'blocks ipvs by its DaemonSet': { target: 'ipvs', daemonSets: [daemonSet('ovnkube-node')], finds: 'block' },
  'blocks nftables': { target: 'nftables', proxy: null, ...byOperator('OVNKubernetes'), finds: 'block' },
  'passes another network of OpenShift': { target: 'nftables', ...byOperator('Calico'), finds: 'nothing' },
  'passes a kube-proxy in pods, though OpenShift’s networks cannot be listed': {
    target: 'nftables',
    ...forbidden,
    finds: 'nothing',
  },
  'does not know without kube-proxy and without OpenShift’s networks': {
    target: 'nftables',
    proxy: null,
    ...forbidden,
    finds: 'unknown',
  },
});
