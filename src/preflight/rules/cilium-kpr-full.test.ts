import { unseen } from '../known.ts';
import { custom, daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ciliumKprFull } from './cilium-kpr-full.ts';

const daemonSets = [daemonSet('cilium', { container: 'cilium-agent', image: 'quay.io/cilium/cilium:v1.18.1' })];
const replacing = (value: string) => ({
  configMaps: { 'kube-system/cilium-config': { 'kube-proxy-replacement': value } },
});

testRule(ciliumKprFull, {
  'has nothing to say without Cilium': { target: 'iptables', finds: 'nothing' },
  'blocks iptables': {
    target: 'iptables',
    daemonSets,
    ...replacing('true'),
    finds: 'block',
    says: ['kube-proxy-replacement true', 'kubectl -n kube-system delete daemonset kube-proxy'],
  },
  'blocks ipvs with the old word for it': { target: 'ipvs', daemonSets, ...replacing('strict'), finds: 'block' },
  'blocks nftables, and says that nothing is left to do without kube-proxy': {
    target: 'nftables',
    proxy: null,
    daemonSets,
    ...replacing('true'),
    finds: 'block',
    says: 'Nothing to migrate',
  },
  'blocks where single nodes are replaced': {
    target: 'nftables',
    daemonSets,
    ...replacing('false'),
    custom: { ciliumNodeConfigs: [custom('kpr', { defaults: { 'kube-proxy-replacement': 'true' } })] },
    finds: 'block',
    says: 'CiliumNodeConfig kpr sets true',
  },
  'passes false': { target: 'nftables', daemonSets, ...replacing('false'), finds: 'nothing' },
  'passes partial': { target: 'iptables', daemonSets, ...replacing('partial'), finds: 'nothing' },
  'passes where nothing is set': {
    target: 'ipvs',
    daemonSets,
    configMaps: { 'kube-system/cilium-config': {} },
    finds: 'nothing',
  },
  'does not know without cilium-config': {
    target: 'nftables',
    daemonSets,
    configMaps: { 'kube-system/cilium-config': unseen('reading ConfigMap kube-system/cilium-config is forbidden') },
    finds: 'unknown',
  },
  'does not know single nodes without CiliumNodeConfigs': {
    target: 'nftables',
    daemonSets,
    ...replacing('false'),
    custom: { ciliumNodeConfigs: unseen('listing ciliumnodeconfigs.cilium.io is forbidden') },
    finds: 'unknown',
  },
});
