import { calico, felix } from '../testing/calico.ts';
import { ended, node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { calicoStaleTable } from './calico-stale-table.ts';

const left = { nftTables: 'table ip filter\ntable ip kube-proxy\ntable ip6 kube-proxy\n' };

testRule(calicoStaleTable, {
  'has nothing to say without Calico': { target: 'iptables', nodes: [node({ probe: left })], finds: 'nothing' },
  'blocks iptables where the table is left over': {
    target: 'iptables',
    daemonSets: [calico('v3.32.0')],
    nodes: [node({ mode: 'ipvs', probe: left })],
    finds: 'block',
    says: ['kube-proxy runs ipvs', 'ip kube-proxy', 'nft delete table ip kube-proxy\nnft delete table ip6 kube-proxy'],
  },
  'blocks ipvs where the table is left over': {
    target: 'ipvs',
    daemonSets: [calico('v3.32.0')],
    nodes: [node({ probe: left })],
    finds: 'block',
  },
  'passes a node that runs nftables': {
    target: 'iptables',
    daemonSets: [calico('v3.32.0')],
    nodes: [node({ mode: 'nftables', probe: left })],
    finds: 'nothing',
  },
  'passes a clean node': {
    target: 'ipvs',
    daemonSets: [calico('v3.32.0')],
    nodes: [node({ probe: { nftTables: 'table ip filter\n' } })],
    finds: 'nothing',
  },
  'passes a Calico that does not look': {
    target: 'ipvs',
    daemonSets: [calico('v3.32.0')],
    ...felix({ default: { nftablesMode: 'Disabled' } }),
    nodes: [node({ probe: left })],
    finds: 'nothing',
  },
  'passes Calico 3.31': {
    target: 'ipvs',
    daemonSets: [calico('v3.31.0')],
    nodes: [node({ probe: left })],
    finds: 'nothing',
  },
  'passes an image without nft, which cannot have made a table': {
    target: 'ipvs',
    version: 'v1.28.0',
    daemonSets: [calico('v3.32.0')],
    nodes: [node({ probe: { nftVersion: ended(127), nftTables: ended(127) } })],
    finds: 'nothing',
  },
  'is not asked for nftables': {
    target: 'nftables',
    daemonSets: [calico('v3.32.0')],
    nodes: [node({ probe: left })],
    finds: 'nothing',
  },
  'does not know a node that was not probed': {
    target: 'iptables',
    daemonSets: [calico('v3.32.0')],
    nodes: [node({ mode: 'ipvs', probe: null })],
    finds: 'unknown',
  },
});
