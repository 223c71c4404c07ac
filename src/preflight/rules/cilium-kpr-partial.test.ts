import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ciliumKprPartial } from './cilium-kpr-partial.ts';

const daemonSets = [daemonSet('cilium', { container: 'cilium-agent' })];
const replacing = (value: string) => ({
  configMaps: { 'kube-system/cilium-config': { 'kube-proxy-replacement': value } },
});

testRule(ciliumKprPartial, {
  'has nothing to say without Cilium': { target: 'iptables', finds: 'nothing' },
  'tells of false for iptables': {
    target: 'iptables',
    daemonSets,
    ...replacing('false'),
    finds: 'info',
    says: 'kube-proxy-replacement false',
  },
  'warns of ipvs': { target: 'ipvs', daemonSets, ...replacing('partial'), finds: 'warn', says: 'partial' },
  'tells of probe for nftables': { target: 'nftables', daemonSets, ...replacing('probe'), finds: 'info' },
  'leaves the full replacement to another rule': {
    target: 'nftables',
    daemonSets,
    ...replacing('true'),
    finds: 'nothing',
  },
  'does not know without cilium-config': {
    target: 'ipvs',
    daemonSets,
    configMaps: { 'kube-system/cilium-config': unseen('reading ConfigMap kube-system/cilium-config is forbidden') },
    finds: 'unknown',
  },
});
