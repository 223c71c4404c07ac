import { unseen } from '../known.ts';
import { calico, operated } from '../testing/calico.ts';
import { testRule } from '../testing/rule-tests.ts';
import { calicoAutoDisabledByOperator } from './calico-auto-disabled-by-operator.ts';

testRule(calicoAutoDisabledByOperator, {
  'has nothing to say without Calico': { target: 'nftables', finds: 'nothing' },
  'passes Calico by manifest': { target: 'nftables', daemonSets: [calico('v3.32.0')], finds: 'nothing' },
  'blocks the default dataplane': {
    target: 'nftables',
    ...operated('v3.32.1', 'v1.42.3'),
    finds: 'block',
    says: ['Calico 3.32.1', 'linuxDataplane Iptables', '"linuxDataplane":"Nftables"', 'nftablesMode Auto'],
  },
  'passes linuxDataplane Nftables': {
    target: 'nftables',
    ...operated('v3.32.1', 'v1.42.3', { linuxDataplane: 'Nftables' }),
    finds: 'nothing',
  },
  'leaves older ones to another rule': { target: 'nftables', ...operated('v3.31.0', 'v1.40.0'), finds: 'nothing' },
  'is not asked for iptables': { target: 'iptables', ...operated('v3.32.1', 'v1.42.3'), finds: 'nothing' },
  'is not asked for ipvs': { target: 'ipvs', ...operated('v3.32.1', 'v1.42.3'), finds: 'nothing' },
  'looks at the way back to nftables, too': {
    target: 'iptables',
    config: { mode: 'nftables' },
    ...operated('v3.32.1', 'v1.42.3', { linuxDataplane: 'Iptables' }),
    direction: 'rollback',
    finds: 'block',
  },
  'does not know the dataplane without the Installation': {
    target: 'nftables',
    ...operated('v3.32.1', 'v1.42.3'),
    custom: { installations: unseen('listing installations.operator.tigera.io is forbidden') },
    finds: 'unknown',
  },
});
