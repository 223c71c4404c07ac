import { unseen } from '../known.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { modeFieldUnsupportedVersion } from './mode-field-unsupported-version.ts';

testRule(modeFieldUnsupportedVersion, {
  'passes nftables from 1.33 on': { target: 'nftables', version: 'v1.33.0', finds: 'nothing' },
  'passes nftables in 1.31, whose gate is on': { target: 'nftables', version: 'v1.31.4', finds: 'nothing' },
  'blocks nftables before 1.29': {
    target: 'nftables',
    version: 'v1.28.9',
    finds: 'block',
    says: ['v1.28.9 has no mode nftables', 'Upgrade kube-proxy to 1.33'],
  },
  'blocks nftables in 1.30 without the gate': {
    target: 'nftables',
    version: 'v1.30.2',
    finds: 'block',
    says: 'NFTablesProxyMode: true',
  },
  'passes nftables in 1.30 with the gate': {
    target: 'nftables',
    version: 'v1.30.2',
    config: { featureGates: { NFTablesProxyMode: true } },
    finds: 'nothing',
  },
  'passes ipvs up to 1.39': { target: 'ipvs', version: 'v1.37.1', finds: 'nothing' },
  'blocks ipvs from 1.40 on': { target: 'ipvs', version: 'v1.40.0', finds: 'block', says: 'KubeProxyIPVS: true' },
  'blocks ipvs where its code is gone': {
    target: 'ipvs',
    version: 'v1.43.0',
    config: { featureGates: { KubeProxyIPVS: true } },
    finds: 'block',
    says: 'Choose nftables or iptables.',
  },
  'is not asked about iptables': { target: 'iptables', version: 'v1.20.0', finds: 'nothing' },
  'needs no configuration where no gate decides': {
    target: 'nftables',
    version: 'v1.36.3',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'nothing',
  },
  'does not know where one does': {
    target: 'nftables',
    version: 'v1.30.2',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
  },
  'takes the running version where the tag is none': { target: 'nftables', version: 'latest', finds: 'nothing' },
  'does not know a version nobody tells': {
    target: 'nftables',
    version: 'latest',
    nodes: [node({ metrics: unseen('the node does not answer') })],
    finds: 'unknown',
    says: '"latest"',
  },
});
