import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { antreaStrictarp } from './antrea-strictarp.ts';

const antrea = (version: string): ReturnType<typeof daemonSet> =>
  daemonSet('antrea-agent', { image: `antrea/antrea-agent-ubuntu:${version}` });
const gates = (text: string) => ({
  configMaps: { 'kube-system/antrea-config': { 'antrea-agent.conf': `featureGates:\n${text}\nlogVerbosity: 0\n` } },
});
const strict = { ipvs: { strictARP: true } };

testRule(antreaStrictarp, {
  'has nothing to say without Antrea': { target: 'ipvs', finds: 'nothing' },
  'warns of external IPs without strictARP': {
    target: 'ipvs',
    daemonSets: [antrea('v2.4.0')],
    ...gates('  ServiceExternalIP: true'),
    finds: 'warn',
    says: ['ServiceExternalIP', 'strictARP: true'],
  },
  'passes external IPs with strictARP': {
    target: 'ipvs',
    daemonSets: [antrea('v2.4.0')],
    ...gates('  ServiceExternalIP: true'),
    config: strict,
    finds: 'nothing',
  },
  'passes without the feature': {
    target: 'ipvs',
    daemonSets: [antrea('v2.4.0')],
    ...gates('  Egress: true'),
    finds: 'nothing',
  },
  'warns of Egress with strictARP before 1.7': {
    target: 'ipvs',
    daemonSets: [antrea('v1.6.1')],
    ...gates('  ServiceExternalIP: false'),
    config: strict,
    finds: 'warn',
    says: ['Antrea is 1.6.1', 'Upgrade Antrea'],
  },
  'passes 1.5, where Egress is off unless asked for': {
    target: 'ipvs',
    daemonSets: [antrea('v1.5.0')],
    ...gates('  ServiceExternalIP: false'),
    config: strict,
    finds: 'nothing',
  },
  'passes Egress from 1.7 on': {
    target: 'ipvs',
    daemonSets: [antrea('v1.7.0')],
    ...gates('  Egress: true'),
    config: strict,
    finds: 'nothing',
  },
  'is not asked for nftables': { target: 'nftables', daemonSets: [antrea('v1.5.0')], config: strict, finds: 'nothing' },
  'does not know without antrea-config': {
    target: 'ipvs',
    daemonSets: [antrea('v2.4.0')],
    configMaps: { 'kube-system/antrea-config': unseen('reading ConfigMap kube-system/antrea-config is forbidden') },
    finds: 'unknown',
  },
});
