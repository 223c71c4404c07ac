import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ciliumIpvs } from './cilium-ipvs.ts';

const daemonSets = [daemonSet('cilium', { container: 'cilium-agent', image: 'quay.io/cilium/cilium:v1.18.1' })];

testRule(ciliumIpvs, {
  'has nothing to say without Cilium': { target: 'ipvs', finds: 'nothing' },
  'warns of ipvs': { target: 'ipvs', daemonSets, finds: 'warn', says: 'cilium:v1.18.1' },
  'is not asked for iptables': { target: 'iptables', daemonSets, finds: 'nothing' },
  'is not asked for nftables': { target: 'nftables', daemonSets, finds: 'nothing' },
  'does not know what it cannot list': {
    target: 'ipvs',
    daemonSets: unseen('listing daemonsets.apps is forbidden'),
    finds: 'unknown',
  },
});
