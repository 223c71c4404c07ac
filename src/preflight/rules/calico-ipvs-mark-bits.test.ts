import { unseen } from '../known.ts';
import { calico, felix } from '../testing/calico.ts';
import { testRule } from '../testing/rule-tests.ts';
import { calicoIpvsMarkBits } from './calico-ipvs-mark-bits.ts';

const daemonSets = [calico('v3.30.0')];

testRule(calicoIpvsMarkBits, {
  'has nothing to say without Calico': { target: 'ipvs', finds: 'nothing' },
  'passes the default': { target: 'ipvs', daemonSets, finds: 'nothing' },
  'passes the default where it is written': {
    target: 'ipvs',
    daemonSets,
    ...felix({ default: { iptablesMarkMask: 0xffff0000 } }),
    finds: 'nothing',
  },
  'warns of eight bits': {
    target: 'ipvs',
    daemonSets,
    ...felix({ default: { iptablesMarkMask: 0xff000000 } }),
    finds: 'warn',
    says: ['0xff000000', 'leaves 2 bits', '3 endpoints', '"iptablesMarkMask":null'],
  },
  'warns that Felix panics with five': {
    target: 'ipvs',
    daemonSets,
    ...felix({ default: { iptablesMarkMask: 0x1f000000 } }),
    finds: 'warn',
    says: 'Not enough mark bits available for endpoint mark',
  },
  'warns of one node': {
    target: 'ipvs',
    daemonSets,
    ...felix({ 'node.n7': { iptablesMarkMask: 0xff000000 } }),
    finds: 'warn',
    says: 'felixconfiguration node.n7',
  },
  'warns of the environment': {
    target: 'ipvs',
    daemonSets: [calico('v3.30.0', { env: { FELIX_IPTABLESMARKMASK: '0xff000000' } })],
    finds: 'warn',
    says: 'FELIX_IPTABLESMARKMASK-',
  },
  'is not asked for nftables': {
    target: 'nftables',
    daemonSets,
    ...felix({ default: { iptablesMarkMask: 1 } }),
    finds: 'nothing',
  },
  'does not know Felix without its configuration': {
    target: 'ipvs',
    daemonSets,
    custom: { felixConfigurations: unseen('listing felixconfigurations is forbidden') },
    finds: 'unknown',
  },
});
