import { unseen } from '../known.ts';
import { calico, felix } from '../testing/calico.ts';
import type { DaemonSet } from '../facts/objects.ts';
import { daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { canal } from './canal.ts';

/** calico-node and flannel in one DaemonSet. */
function both(version: string, name = 'canal', env: Readonly<Record<string, string>> = {}): DaemonSet {
  const configMap = name === 'canal' ? 'canal-config' : `${name}-config`;
  const base = daemonSet(name, {
    image: `calico/node:${version}`,
    container: 'calico-node',
    env,
    configMaps: [configMap],
  });
  const pod = base.spec?.template?.spec;
  const containers = [...(pod?.containers ?? []), { name: 'kube-flannel', image: 'flannel/flannel:v0.26.1' }];
  return { ...base, spec: { template: { spec: { ...pod, containers } } } };
}
const flannel = (enabled: boolean, name = 'canal-config') => ({
  configMaps: { [`kube-system/${name}`]: { 'net-conf.json': JSON.stringify({ EnableNFTables: enabled }) } },
});

testRule(canal, {
  'has nothing to say without canal': { target: 'nftables', daemonSets: [calico('v3.30.0')], finds: 'nothing' },
  'passes when both halves match': {
    target: 'nftables',
    daemonSets: [both('v3.30.0')],
    ...flannel(true),
    ...felix({ default: { nftablesMode: 'Enabled' } }),
    finds: 'nothing',
  },
  'passes 3.32, which follows': {
    target: 'nftables',
    daemonSets: [both('v3.32.0')],
    ...flannel(true),
    finds: 'nothing',
  },
  'blocks when neither matches': {
    target: 'nftables',
    daemonSets: [both('v3.30.0')],
    ...flannel(false),
    finds: 'block',
    says: [
      'flannel has EnableNFTables false; Calico has nftablesMode Disabled (its default)',
      'kubectl -n kube-system edit configmap canal-config',
      '"nftablesMode":"Enabled"',
      'rollout restart daemonset canal',
    ],
  },
  'blocks when flannel alone is missing': {
    target: 'nftables',
    daemonSets: [both('v3.32.0')],
    ...flannel(false),
    finds: 'block',
    says: 'flannel has EnableNFTables false',
  },
  'blocks a Calico without nftables': {
    target: 'nftables',
    daemonSets: [both('v3.28.0')],
    ...flannel(true),
    finds: 'block',
    says: 'Calico 3.28.0 has no nftables mode',
  },
  'says it in the words of RKE2': {
    target: 'nftables',
    daemonSets: [both('v3.31.0', 'rke2-canal')],
    ...flannel(false, 'rke2-canal-config'),
    finds: 'block',
    says: ['name: rke2-canal', 'enableNFTables: true', 'felixIptablesBackend: nft'],
  },
  'passes RKE2 once that is done': {
    target: 'nftables',
    daemonSets: [both('v3.31.0', 'rke2-canal', { FELIX_IPTABLESBACKEND: 'nft' })],
    ...flannel(true, 'rke2-canal-config'),
    finds: 'nothing',
  },
  'is not asked for iptables, where each half speaks for itself': {
    target: 'iptables',
    daemonSets: [both('v3.30.0')],
    ...flannel(true),
    finds: 'nothing',
  },
  'is not asked for ipvs': { target: 'ipvs', daemonSets: [both('v3.30.0')], ...flannel(true), finds: 'nothing' },
  'does not know flannel without its ConfigMap': {
    target: 'nftables',
    daemonSets: [both('v3.32.0')],
    configMaps: { 'kube-system/canal-config': unseen('reading ConfigMap kube-system/canal-config is forbidden') },
    finds: 'unknown',
  },
});
