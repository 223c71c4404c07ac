import { unseen } from '../known.ts';
import { testRule } from '../testing/rule-tests.ts';
import { configNewerThanBinary } from './config-newer-than-binary.ts';

testRule(configNewerThanBinary, {
  'passes an ordinary configuration': { target: 'nftables', finds: 'nothing' },
  'blocks a section of later versions': {
    target: 'ipvs',
    version: 'v1.28.9',
    config: { nftables: { masqueradeAll: true } },
    finds: 'block',
    says: ['v1.28.9', 'nftables (since 1.29)'],
  },
  'blocks what the migration would write': {
    target: 'iptables',
    version: 'v1.27.0',
    config: { mode: 'ipvs' },
    change: { conntrack: { tcpBeLiberal: true } },
    finds: 'block',
    says: 'conntrack.tcpBeLiberal (since 1.29)',
  },
  'blocks a feature gate, even switched off': {
    target: 'nftables',
    config: { featureGates: { KubeProxyIPVS: false } },
    finds: 'block',
    says: 'featureGates.KubeProxyIPVS (since 1.37)',
  },
  'blocks a word of later versions': {
    target: 'nftables',
    config: { nodePortAddresses: ['primary', 'localhost'] },
    finds: 'block',
    says: 'nodePortAddresses: localhost (since 1.37)',
  },
  'passes zero values': {
    target: 'ipvs',
    version: 'v1.22.3',
    config: {
      detectLocal: { bridgeInterface: '', interfaceNamePrefix: '' },
      logging: { options: { json: { infoBufferSize: '0' } }, verbosity: 0 },
      nftables: { masqueradeBit: null, syncPeriod: '0s' },
    },
    finds: 'nothing',
  },
  'does not know a version it cannot read': { target: 'nftables', version: 'latest', finds: 'unknown' },
  'does not know without the configuration': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
  },
});
