import { unseen } from '../known.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ipvsOnlyFeatures } from './ipvs-only-features.ts';

const ipvs = (fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  mode: 'ipvs',
  ipvs: fields,
});

testRule(ipvsOnlyFeatures, {
  'warns of another scheduler': {
    target: 'nftables',
    config: ipvs({ scheduler: 'lc' }),
    finds: 'warn',
    says: ['scheduler lc', 'mode nftables'],
  },
  'warns of time-outs, towards iptables': {
    target: 'iptables',
    config: ipvs({ scheduler: 'rr', udpTimeout: '30s' }),
    finds: 'warn',
    says: 'udpTimeout 30s',
  },
  'passes rr and zero time-outs': {
    target: 'nftables',
    config: ipvs({ scheduler: 'rr', tcpTimeout: '0s' }),
    finds: 'nothing',
  },
  'passes when iptables is left': { target: 'nftables', config: { ipvs: { scheduler: 'lc' } }, finds: 'nothing' },
  'does not know without the configuration': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
  },
});
