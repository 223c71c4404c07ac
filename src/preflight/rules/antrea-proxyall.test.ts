import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { antreaProxyall } from './antrea-proxyall.ts';

const antrea = (version: string): ReturnType<typeof daemonSet> =>
  daemonSet('antrea-agent', { image: `antrea/antrea-agent-ubuntu:${version}` });
const all = (value: boolean) => ({
  configMaps: { 'kube-system/antrea-config': { 'antrea-agent.conf': `antreaProxy:\n  proxyAll: ${value}\n` } },
});

testRule(antreaProxyall, {
  'has nothing to say without Antrea': { target: 'nftables', finds: 'nothing' },
  'passes without proxyAll': { target: 'nftables', daemonSets: [antrea('v2.4.0')], ...all(false), finds: 'nothing' },
  'tells of iptables since 2.1': {
    target: 'iptables',
    daemonSets: [antrea('v2.4.0')],
    ...all(true),
    finds: 'info',
    says: 'answers before kube-proxy',
  },
  'tells of iptables before 2.1': {
    target: 'iptables',
    daemonSets: [antrea('v2.0.1')],
    ...all(true),
    finds: 'info',
    says: 'kube-proxy answers first',
  },
  'warns of ipvs': { target: 'ipvs', daemonSets: [antrea('v2.4.0')], ...all(true), finds: 'warn' },
  'warns of nftables': {
    target: 'nftables',
    daemonSets: [antrea('v2.4.0')],
    ...all(true),
    finds: 'warn',
    says: ['proxyAll true', 'address already in use', 'disableServiceHealthCheckServer: true'],
  },
  'does not know without antrea-config': {
    target: 'nftables',
    daemonSets: [antrea('v2.4.0')],
    configMaps: { 'kube-system/antrea-config': unseen('reading ConfigMap kube-system/antrea-config is forbidden') },
    finds: 'unknown',
  },
});
