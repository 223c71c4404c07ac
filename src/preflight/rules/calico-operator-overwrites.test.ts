import { unseen } from '../known.ts';
import { calico, operated } from '../testing/calico.ts';
import { custom } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { calicoOperatorOverwrites } from './calico-operator-overwrites.ts';

testRule(calicoOperatorOverwrites, {
  'has nothing to say without Calico': { target: 'nftables', finds: 'nothing' },
  'has nothing to say without the operator': { target: 'nftables', daemonSets: [calico('v3.30.0')], finds: 'nothing' },
  'blocks nftables with the default dataplane': {
    target: 'nftables',
    ...operated('v3.30.0', 'v1.38.1'),
    finds: 'block',
    says: [
      'linuxDataplane Iptables',
      'nftablesMode Disabled',
      'kubectl patch installations.operator.tigera.io default --type merge -p \'{"spec":{"calicoNetwork":{"linuxDataplane":"Nftables"}}}\'',
    ],
  },
  'passes nftables with linuxDataplane Nftables': {
    target: 'nftables',
    ...operated('v3.31.0', 'v1.40.5', { linuxDataplane: 'Nftables' }),
    finds: 'nothing',
  },
  'warns of iptables with linuxDataplane Nftables': {
    target: 'iptables',
    ...operated('v3.30.0', 'v1.38.1', { linuxDataplane: 'Nftables' }),
    finds: 'warn',
    says: ['nftablesMode Enabled', '"linuxDataplane":"Iptables"'],
  },
  'warns of ipvs with linuxDataplane Nftables': {
    target: 'ipvs',
    ...operated('v3.30.0', 'v1.38.1', { linuxDataplane: 'Nftables' }),
    finds: 'warn',
  },
  'passes an ordinary cluster that goes to ipvs': {
    target: 'ipvs',
    ...operated('v3.30.0', 'v1.38.1'),
    finds: 'nothing',
  },
  'leaves operator 1.42 to another rule': { target: 'nftables', ...operated('v3.32.0', 'v1.42.0'), finds: 'nothing' },
  'leaves Calico without nftables to another rule': {
    target: 'nftables',
    ...operated('v3.28.0', 'v1.34.0'),
    finds: 'nothing',
  },
  'takes Calico’s version where the operator is not to be seen': {
    target: 'nftables',
    ...operated('v3.30.0', 'v1.38.1'),
    deployments: unseen('listing deployments.apps is forbidden'),
    finds: 'block',
  },
  'does not know the dataplane without the Installation': {
    target: 'nftables',
    ...operated('v3.30.0', 'v1.38.1'),
    custom: {
      installations: unseen('listing installations.operator.tigera.io is forbidden'),
      felixConfigurations: [custom('default', {})],
    },
    finds: 'unknown',
  },
});
