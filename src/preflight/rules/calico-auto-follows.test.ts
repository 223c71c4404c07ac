import { unseen } from '../known.ts';
import { calico, felix, operated } from '../testing/calico.ts';
import { testRule } from '../testing/rule-tests.ts';
import { calicoAutoFollows } from './calico-auto-follows.ts';

testRule(calicoAutoFollows, {
  'has nothing to say without Calico': { target: 'nftables', finds: 'nothing' },
  'tells of 3.32 for nftables': {
    target: 'nftables',
    daemonSets: [calico('v3.32.0')],
    finds: 'info',
    says: ['Calico 3.32.0', 'every 15 seconds'],
  },
  'tells of 3.32 for iptables': { target: 'iptables', daemonSets: [calico('v3.32.0')], finds: 'info' },
  'tells of 3.33 for ipvs': { target: 'ipvs', daemonSets: [calico('v3.33.0')], finds: 'info' },
  'tells of an operator that leaves it to Felix': {
    target: 'nftables',
    ...operated('v3.32.0', 'v1.42.0', { linuxDataplane: 'Nftables' }, { nftablesMode: 'Auto' }),
    finds: 'info',
  },
  'is silent where the operator forces iptables': {
    target: 'nftables',
    ...operated('v3.32.0', 'v1.42.0', { linuxDataplane: 'Iptables' }, { nftablesMode: 'Auto' }),
    finds: 'nothing',
  },
  'is silent where the mode is fixed': {
    target: 'nftables',
    daemonSets: [calico('v3.32.0')],
    ...felix({ default: { nftablesMode: 'Enabled' } }),
    finds: 'nothing',
  },
  'is silent before 3.32': { target: 'nftables', daemonSets: [calico('v3.31.9')], finds: 'nothing' },
  'does not know Felix without its configuration': {
    target: 'nftables',
    daemonSets: [calico('v3.32.0')],
    custom: { felixConfigurations: unseen('listing felixconfigurations is forbidden') },
    finds: 'unknown',
  },
});
