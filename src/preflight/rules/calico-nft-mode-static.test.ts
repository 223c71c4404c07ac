import { unseen } from '../known.ts';
import { calico, felix, operated } from '../testing/calico.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { calicoNftModeStatic } from './calico-nft-mode-static.ts';

const inEtcd = calico('v3.30.0', { env: { ETCD_ENDPOINTS: 'https://10.0.0.1:2379' } });
const laterInEtcd = calico('v3.32.0', { env: { ETCD_ENDPOINTS: 'https://10.0.0.1:2379' } });
const tables = (...names: readonly string[]): string => names.map((name) => `table ip ${name}\n`).join('');

testRule(calicoNftModeStatic, {
  'has nothing to say without Calico': { target: 'nftables', finds: 'nothing' },
  'blocks nftables with the default': {
    target: 'nftables',
    daemonSets: [calico('v3.30.2')],
    finds: 'block',
    says: ['Calico 3.30.2 has nftablesMode Disabled (its default)', 'name: node.$NODE', 'nftablesMode: Enabled'],
  },
  'passes a node that has its own setting': {
    target: 'nftables',
    daemonSets: [calico('v3.30.2')],
    ...felix({ 'node.n1': { nftablesMode: 'Enabled' }, default: { nftablesMode: 'Disabled' } }),
    finds: 'nothing',
  },
  'blocks only the nodes whose setting is wrong': {
    target: 'nftables',
    daemonSets: [calico('v3.30.2')],
    nodes: [node({ name: 'n1' }), node({ name: 'n2' }), node({ name: 'n3' })],
    ...felix({ 'node.n2': { nftablesMode: 'Enabled' } }),
    finds: ['block', 'block'],
  },
  'takes Auto of 3.31 for what it was, iptables': {
    target: 'nftables',
    daemonSets: [calico('v3.31.3')],
    ...felix({ default: { nftablesMode: 'Auto' } }),
    finds: 'block',
    says: 'nftablesMode Auto',
  },
  'blocks iptables with Enabled': {
    target: 'iptables',
    daemonSets: [calico('v3.29.0')],
    ...felix({ default: { nftablesMode: 'Enabled' } }),
    finds: 'block',
    says: ['nftablesMode Enabled', 'nftablesMode: Disabled'],
  },
  'blocks ipvs with Enabled': {
    target: 'ipvs',
    daemonSets: [calico('v3.29.0')],
    ...felix({ default: { nftablesMode: 'Enabled' } }),
    finds: 'block',
  },
  'passes iptables with the default': { target: 'iptables', daemonSets: [calico('v3.30.0')], finds: 'nothing' },
  'passes ipvs with the default': { target: 'ipvs', daemonSets: [calico('v3.30.0')], finds: 'nothing' },
  'leaves the environment to another rule': {
    target: 'iptables',
    daemonSets: [calico('v3.29.0', { env: { FELIX_NFTABLESMODE: 'Enabled' } })],
    finds: 'nothing',
  },
  'leaves 3.28 to another rule': { target: 'nftables', daemonSets: [calico('v3.28.0')], finds: 'nothing' },
  'passes 3.32, whose default is Auto': { target: 'nftables', daemonSets: [calico('v3.32.0')], finds: 'nothing' },
  'blocks 3.32 where Disabled was left over': {
    target: 'nftables',
    daemonSets: [calico('v3.32.0')],
    ...felix({ default: { nftablesMode: 'Disabled' } }),
    finds: 'block',
    says: 'kubectl patch felixconfiguration default --type merge -p \'{"spec":{"nftablesMode":"Auto"}}\'',
  },
  'names the object in which 3.32 was set': {
    target: 'iptables',
    daemonSets: [calico('v3.32.0')],
    ...felix({ 'node.n1': { nftablesMode: 'Enabled' } }),
    finds: 'block',
    says: 'kubectl patch felixconfiguration "node.$NODE"',
  },
  'leaves what the operator writes to another rule': {
    target: 'nftables',
    ...operated('v3.32.0', 'v1.42.0', {}, { nftablesMode: 'Disabled' }),
    finds: 'nothing',
  },
  'is left out on the way back, where a static setting never fits': {
    target: 'nftables',
    daemonSets: [calico('v3.30.2')],
    ...felix({ default: { nftablesMode: 'Enabled' } }),
    direction: 'rollback',
    finds: 'nothing',
  },
  'does not know Felix without its configuration': {
    target: 'nftables',
    daemonSets: [calico('v3.31.0')],
    custom: { felixConfigurations: unseen('listing felixconfigurations is forbidden') },
    finds: 'unknown',
  },
  'takes the tables of the node where Calico is in etcd': {
    target: 'nftables',
    daemonSets: [inEtcd],
    nodes: [
      node({ name: 'n1', probe: { nftTables: tables('calico') } }),
      node({ name: 'n2', probe: { nftTables: tables('filter') } }),
    ],
    finds: ['block'],
  },
  'passes iptables with Calico 3.32 in etcd that uses no nftables': {
    target: 'iptables',
    daemonSets: [laterInEtcd],
    nodes: [node({ mode: 'ipvs', probe: { nftTables: tables('filter') } })],
    finds: 'nothing',
  },
  'does not know what Calico 3.32 in etcd would do': {
    target: 'nftables',
    daemonSets: [laterInEtcd],
    nodes: [node({ probe: { nftTables: tables('filter') } })],
    finds: 'unknown',
    says: 'calicoctl get felixconfiguration',
  },
  'does not know an image without a version': { target: 'nftables', daemonSets: [calico('master')], finds: 'unknown' },
});
