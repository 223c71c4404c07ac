import { unseen } from '../known.ts';
import { testRule } from '../testing/rule-tests.ts';
import { masqueradeSettings } from './masquerade-settings.ts';

testRule(masqueradeSettings, {
  'passes the defaults as kubeadm writes them': {
    target: 'nftables',
    config: { iptables: { masqueradeAll: false, masqueradeBit: null, minSyncPeriod: '0s', syncPeriod: '0s' } },
    finds: 'nothing',
  },
  'warns of masqueradeAll and another bit': {
    target: 'nftables',
    config: { iptables: { masqueradeAll: true, masqueradeBit: 15 } },
    finds: 'warn',
    says: ['iptables.masqueradeAll, iptables.masqueradeBit', 'nftables:\n  masqueradeAll: true\n  masqueradeBit: 15'],
  },
  'warns of the sync period of ipvs': {
    target: 'nftables',
    config: { mode: 'ipvs', ipvs: { syncPeriod: '2m' } },
    finds: 'warn',
    says: 'syncPeriod: "2m"',
  },
  'passes what is in the section already': {
    target: 'nftables',
    config: { iptables: { masqueradeAll: true }, nftables: { masqueradeAll: true } },
    finds: 'nothing',
  },
  'is not asked for other targets': { target: 'ipvs', config: { iptables: { masqueradeAll: true } }, finds: 'nothing' },
  'does not know without the configuration': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
  },
});
