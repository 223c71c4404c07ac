import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { azureNpm } from './azure-npm.ts';

const daemonSets = [daemonSet('azure-npm')];

testRule(azureNpm, {
  'has nothing to say without it': { target: 'ipvs', finds: 'nothing' },
  'blocks ipvs': {
    target: 'ipvs',
    daemonSets,
    finds: 'block',
    says: ['kube-system/azure-npm', '--network-policy cilium'],
  },
  'tells of nftables': { target: 'nftables', daemonSets, finds: 'info' },
  'is not asked for iptables': { target: 'iptables', daemonSets, finds: 'nothing' },
  'does not know what it cannot list': {
    target: 'ipvs',
    daemonSets: unseen('listing daemonsets.apps is forbidden'),
    finds: 'unknown',
  },
});
