import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { kubeOvn } from './kube-ovn.ts';

const daemonSets = [daemonSet('kube-ovn-cni', { image: 'kubeovn/kube-ovn:v1.13.2' })];
const deployments = [
  { ...daemonSet('kube-ovn-controller', { args: ['/kube-ovn/start-controller.sh', '--enable-lb=true'] }) },
];

testRule(kubeOvn, {
  'has nothing to say without Kube-OVN': { target: 'nftables', finds: 'nothing' },
  'tells of iptables': { target: 'iptables', daemonSets, finds: 'info', says: 'kube-ovn:v1.13.2' },
  'warns of ipvs': { target: 'ipvs', daemonSets, finds: 'warn', says: 'one node first' },
  'warns of nftables, with what OVN does for Services': {
    target: 'nftables',
    daemonSets,
    deployments,
    finds: 'warn',
    says: '--enable-lb=true',
  },
  'does not know what it cannot list': {
    target: 'nftables',
    daemonSets: unseen('listing daemonsets.apps is forbidden'),
    finds: 'unknown',
  },
});
