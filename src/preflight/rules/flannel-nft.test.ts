import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { flannelNft } from './flannel-nft.ts';

const daemonSets = [daemonSet('kube-flannel-ds', { namespace: 'kube-flannel', configMaps: ['kube-flannel-cfg'] })];
const conf = (fields: Readonly<Record<string, unknown>>) => ({
  configMaps: { 'kube-flannel/kube-flannel-cfg': { 'net-conf.json': JSON.stringify(fields) } },
});
const canal = [
  daemonSet('canal', { container: 'calico-node', image: 'flannel/flannel:v1', configMaps: ['canal-config'] }),
];

testRule(flannelNft, {
  'has nothing to say without flannel': { target: 'nftables', finds: 'nothing' },
  'warns of nftables where it is not set': {
    target: 'nftables',
    daemonSets,
    ...conf({ Network: '10.244.0.0/16' }),
    finds: 'warn',
    says: [
      'EnableNFTables false',
      'kubectl -n kube-flannel edit configmap kube-flannel-cfg   # net-conf.json: "EnableNFTables": true',
      'kubectl -n kube-flannel rollout restart daemonset kube-flannel-ds',
    ],
  },
  'names the hosts that cannot do without': {
    target: 'nftables',
    daemonSets,
    ...conf({ EnableNFTables: false }),
    nodes: [node({ name: 'old' }), node({ name: 'new', osImage: 'Rocky Linux 10.0 (Red Quartz)' })],
    finds: 'warn',
    says: 'hosts without iptables: new.',
  },
  'passes nftables where it is set': {
    target: 'nftables',
    daemonSets,
    ...conf({ EnableNFTables: true }),
    finds: 'nothing',
  },
  'warns of iptables where it is set': {
    target: 'iptables',
    daemonSets,
    ...conf({ EnableNFTables: true }),
    finds: 'warn',
    says: '"EnableNFTables": false',
  },
  'warns of ipvs where it is set': { target: 'ipvs', daemonSets, ...conf({ EnableNFTables: true }), finds: 'warn' },
  'passes an ordinary cluster on iptables': { target: 'iptables', daemonSets, ...conf({}), finds: 'nothing' },
  'passes an ordinary cluster on ipvs': { target: 'ipvs', daemonSets, ...conf({}), finds: 'nothing' },
  'leaves canal to its own rule': {
    target: 'nftables',
    daemonSets: canal,
    configMaps: { 'kube-system/canal-config': { 'net-conf.json': '{}' } },
    finds: 'nothing',
  },
  'warns of canal that uses nftables for iptables': {
    target: 'iptables',
    daemonSets: canal,
    configMaps: { 'kube-system/canal-config': { 'net-conf.json': '{"EnableNFTables": true}' } },
    finds: 'warn',
  },
  'does not know without its ConfigMap': {
    target: 'nftables',
    daemonSets,
    configMaps: {
      'kube-flannel/kube-flannel-cfg': unseen('reading ConfigMap kube-flannel/kube-flannel-cfg is forbidden'),
    },
    finds: 'unknown',
  },
});
