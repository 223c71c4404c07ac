import { readFileSync } from 'node:fs';
import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { ended, node } from '../testing/node.ts';
import type { NodePart } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { baselineLeftovers } from './baseline-leftovers.ts';

/** What real nodes printed, and nothing where a case does not say. */
const sample = (name: string): string => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');
const none = '';
const clean = {
  devices: 'Inter-|\n face |\n    lo: 0\n  eth0: 0\n',
  nftTables: none,
  iptablesLegacy: none,
  iptablesNft: none,
  ip6tablesLegacy: none,
  ip6tablesNft: none,
  ipVs: none,
  ipsets: none,
};
const on = (mode: string, probe: Readonly<Record<string, string | ReturnType<typeof ended>>>): readonly NodePart[] => [
  node({ mode, probe: { ...clean, ...probe } }),
];

const iptables = {
  iptablesNft: sample('iptables/iptables-save.txt'),
  nftTables: sample('iptables/nft-list-tables.txt'),
};
const ipvs = {
  iptablesNft: sample('ipvs/iptables-save.txt'),
  nftTables: sample('ipvs/nft-list-tables.txt'),
  ipVs: sample('ipvs/proc-net-ip_vs.txt'),
  ipsets: 'KUBE-CLUSTER-IP\nKUBE-6-LOOP-BACK\nmine\n',
  devices: 'Inter-|\n face |\nkube-ipvs0: 0\n',
};
const nftables = {
  iptablesNft: sample('nftables/iptables-save.txt'),
  nftTables: sample('nftables/nft-list-tables.txt'),
};
/** From iptables to ipvs with nothing cleaned. */
const both = { ...ipvs, iptablesNft: `${sample('iptables/iptables-save.txt')}\n${sample('ipvs/iptables-save.txt')}` };
const services = [service('dns', { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'] })];
const hint = '*mangle\n:KUBE-IPTABLES-HINT - [0:0]\nCOMMIT\n';
const missing = ended(127, 'not found');

testRule(baselineLeftovers, {
  'passes clean iptables': { target: 'nftables', nodes: on('iptables', iptables), finds: 'nothing' },
  'passes clean ipvs': { target: 'nftables', services, nodes: on('ipvs', ipvs), finds: 'nothing' },
  'passes clean nftables': { target: 'ipvs', nodes: on('nftables', nftables), finds: 'nothing' },
  'passes chains of the kubelet, old and new': {
    target: 'ipvs',
    nodes: on('nftables', {
      iptablesNft:
        '*nat\n:KUBE-MARK-DROP - [0:0]\n:KUBE-MARK-MASQ - [0:0]\n:KUBE-POSTROUTING - [0:0]\n-A POSTROUTING -j KUBE-POSTROUTING\nCOMMIT\n*filter\n:KUBE-FIREWALL - [0:0]\n-A INPUT -j KUBE-FIREWALL\nCOMMIT\n',
    }),
    finds: 'nothing',
  },
  'warns of iptables rules under ipvs, which nftables removes': {
    target: 'nftables',
    nodes: on('ipvs', both),
    finds: 'warn',
    says: [
      'The node runs ipvs and still has of iptables mode',
      'filter KUBE-EXTERNAL-SERVICES',
      '58 chains of single Services',
      'kubectl drain $NODE',
    ],
  },
  'warns of them when iptables takes them over': { target: 'iptables', nodes: on('ipvs', both), finds: 'warn' },
  'blocks iptables rules under nftables, which ipvs would leave': {
    target: 'ipvs',
    nodes: on('nftables', { ...iptables, nftTables: nftables.nftTables }),
    finds: 'block',
    says: ['Nothing removes this when ipvs mode starts', 'filter KUBE-SERVICES'],
  },
  'blocks the device of ipvs under nftables, which iptables would leave': {
    target: 'iptables',
    services,
    nodes: on('nftables', { ...nftables, devices: ipvs.devices, ipVs: ipvs.ipVs, ipsets: ipvs.ipsets }),
    finds: 'block',
    says: ['device kube-ipvs0, 3 virtual servers of Services, 2 ipsets KUBE-*'],
  },
  'warns of sets that nothing refers to': {
    target: 'iptables',
    nodes: on('nftables', { ...nftables, ipsets: ipvs.ipsets }),
    finds: 'warn',
    says: '2 ipsets',
  },
  'warns of the device of ipvs under iptables, which nftables removes': {
    target: 'nftables',
    nodes: on('iptables', { ...iptables, devices: ipvs.devices }),
    finds: 'warn',
    says: 'of ipvs mode: device kube-ipvs0',
  },
  'warns of what is left on a node that is in the target mode already': {
    target: 'iptables',
    nodes: on('iptables', { ...iptables, devices: ipvs.devices }),
    finds: 'warn',
    says: 'Nothing of it belongs to iptables mode',
  },
  'warns of a table that goes by itself': {
    target: 'ipvs',
    nodes: on('iptables', { ...iptables, nftTables: nftables.nftTables }),
    finds: 'warn',
    says: 'nft delete table ip kube-proxy',
  },
  'blocks a table that 1.30 leaves': {
    target: 'ipvs',
    version: 'v1.30.1',
    nodes: on('iptables', { ...iptables, nftTables: nftables.nftTables }),
    finds: 'block',
    says: 'table ip6 kube-proxy',
  },
  'blocks rules of the other flavour, which kube-proxy does not see': {
    target: 'nftables',
    nodes: on('ipvs', { ...ipvs, iptablesNft: `${ipvs.iptablesNft}${hint}`, iptablesLegacy: iptables.iptablesNft }),
    finds: 'block',
    says: 'iptables-legacy',
  },
  'passes a host without iptables, whose tables tell': {
    target: 'ipvs',
    nodes: on('nftables', {
      iptablesLegacy: missing,
      iptablesNft: missing,
      procModules: 'nf_tables 1 1 - Live\n',
      features: '/proc/modules\n',
      modprobe: '== ip_tables\nmodprobe: FATAL: Module ip_tables not found.\nrc 1\n',
      nftTables: 'table ip kube-proxy\n',
    }),
    finds: 'nothing',
  },
  'does not know rules it cannot list, where they matter': {
    target: 'nftables',
    nodes: on('ipvs', { ...ipvs, iptablesNft: ended(4, 'Permission denied') }),
    finds: 'unknown',
    says: 'Permission denied',
  },
  'does not need them where they do not': {
    target: 'nftables',
    nodes: on('iptables', { ...iptables, iptablesNft: ended(4, 'Permission denied') }),
    finds: 'nothing',
  },
  'does not know a table it cannot list, where 1.30 would leave it': {
    target: 'ipvs',
    version: 'v1.30.1',
    nodes: [node({ probe: { ...clean, nftTables: unseen('nft timed out') } })],
    finds: 'unknown',
  },
  'does not know a node nobody looked at': { target: 'nftables', nodes: [node({ probe: null })], finds: 'unknown' },
  'has nothing to say of userspace': { target: 'iptables', nodes: on('userspace', iptables), finds: 'nothing' },
});
