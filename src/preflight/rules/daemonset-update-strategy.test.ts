import { unseen } from '../known.ts';
import { testRule } from '../testing/rule-tests.ts';
import { daemonsetUpdateStrategy } from './daemonset-update-strategy.ts';

const rolling = (rollingUpdate: object): object => ({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } });

testRule(daemonsetUpdateStrategy, {
  'passes OnDelete': { target: 'nftables', finds: 'nothing' },
  "warns of kubeadm's RollingUpdate": {
    target: 'nftables',
    proxy: rolling({ maxUnavailable: 1, maxSurge: 0 }),
    finds: 'warn',
    says: ['RollingUpdate (maxUnavailable 1, maxSurge 0)', '"type":"OnDelete","rollingUpdate":null'],
  },
  'warns where nothing is said, which is RollingUpdate': {
    target: 'ipvs',
    proxy: { updateStrategy: {} },
    finds: 'warn',
  },
  'warns of maxSurge most': {
    target: 'iptables',
    proxy: rolling({ maxSurge: '10%' }),
    finds: 'warn',
    says: 'With maxSurge 10% two kube-proxies',
  },
  'has nothing to say of processes of the nodes': { target: 'nftables', proxy: null, finds: 'nothing' },
  'does not know without the DaemonSets': {
    target: 'nftables',
    daemonSets: unseen('listing daemonsets is forbidden'),
    finds: 'unknown',
  },
});
