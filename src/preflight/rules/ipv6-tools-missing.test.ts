import { service } from '../testing/cluster.ts';
import { ended, node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ipv6ToolsMissing } from './ipv6-tools-missing.ts';

const services = [service('web', { ipFamilies: ['IPv4', 'IPv6'] })];
const none = 'service-chains 0\n';
const both = { iptablesNft: none, iptablesLegacy: none, ip6tablesNft: none, ip6tablesLegacy: none };
const only4 = { ...both, ip6tablesNft: ended(127), ip6tablesLegacy: ended(127) };
const ipVs4 = 'TCP  0A600032:0050 rr\n';
const ipVs6 = 'TCP  [fd00:0096:0000:0000:0000:0000:0000:0007]:0050 rr\n';

testRule(ipv6ToolsMissing, {
  'passes a node with ip6tables': { target: 'nftables', services, nodes: [node({ probe: both })], finds: 'nothing' },
  'warns of one without': {
    target: 'nftables',
    services,
    nodes: [node({ probe: only4 })],
    finds: 'warn',
    says: 'IPv4 alone',
  },
  'warns of it towards ipvs': { target: 'ipvs', services, nodes: [node({ probe: only4 })], finds: 'warn' },
  'warns of ipvs without IPv6 virtual servers': {
    target: 'iptables',
    services,
    nodes: [node({ mode: 'ipvs', probe: { ...both, ipVs: ipVs4 } })],
    finds: 'warn',
    says: 'none of the 1 virtual servers',
  },
  'passes ipvs with them': {
    target: 'nftables',
    services,
    nodes: [node({ mode: 'ipvs', probe: { ...both, ipVs: ipVs4 + ipVs6 } })],
    finds: 'nothing',
  },
  'passes a cluster with one family': {
    target: 'nftables',
    services: [service('web', { ipFamilies: ['IPv4'] })],
    nodes: [node({ probe: only4 })],
    finds: 'nothing',
  },
  'does not know a node nobody looked at': {
    target: 'nftables',
    services,
    nodes: [node({ probe: null })],
    finds: 'unknown',
  },
});
