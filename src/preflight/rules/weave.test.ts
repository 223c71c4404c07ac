import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { weave } from './weave.ts';

const daemonSets = [daemonSet('weave-net', { image: 'weaveworks/weave-kube:2.8.1' })];

testRule(weave, {
  'has nothing to say without Weave Net': { target: 'nftables', finds: 'nothing' },
  'tells of iptables': { target: 'iptables', daemonSets, finds: 'info', says: 'weave-kube:2.8.1' },
  'warns of ipvs': {
    target: 'ipvs',
    daemonSets,
    config: { iptables: { masqueradeAll: true } },
    finds: 'warn',
    says: ['now it is true', 'masqueradeAll: false'],
  },
  'blocks nftables': { target: 'nftables', daemonSets, finds: 'block', says: 'Stay on iptables' },
  'does not know what it cannot list': {
    target: 'nftables',
    daemonSets: unseen('listing daemonsets.apps is forbidden'),
    finds: 'unknown',
  },
});
