import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ipv6MissingOnNode } from './ipv6-missing-on-node.ts';

const services = [service('web', { ipFamilies: ['IPv4', 'IPv6'] })];
const has = (...addresses: readonly string[]): Readonly<Record<string, string>> => ({
  ipAddresses: JSON.stringify(addresses.map((local) => ({ ifname: 'eth0', addr_info: [{ local }] }))),
});

testRule(ipv6MissingOnNode, {
  'passes a single-stack cluster': { target: 'nftables', services: [service('web')], finds: 'nothing' },
  'passes a node with an IPv6 address': {
    target: 'nftables',
    services,
    nodes: [node({ ips: ['10.0.0.11', 'fd00::11'], probe: null })],
    finds: 'nothing',
  },
  'passes a node whose pods have IPv6': {
    target: 'nftables',
    services,
    nodes: [node({ podCidrs: ['10.244.1.0/24', 'fd00:244:1::/64'], probe: null })],
    finds: 'nothing',
  },
  'passes a node whose own addresses say more than its object': {
    target: 'nftables',
    services,
    nodes: [node({ probe: has('10.0.0.11', '2001:db8::11') })],
    finds: 'nothing',
  },
  'warns of one with a link-local address only': {
    target: 'nftables',
    services,
    nodes: [node({ probe: has('10.0.0.11', 'fe80::1') })],
    finds: 'warn',
    says: 'no IPv6 address beyond link-local ones',
  },
  'warns of disabled IPv6': {
    target: 'ipvs',
    services,
    nodes: [
      node({ ips: ['10.0.0.11', 'fd00::11'], probe: { sysctls: '/proc/sys/net/ipv6/conf/all/disable_ipv6:1\n' } }),
    ],
    finds: 'warn',
    says: 'disable_ipv6 = 1',
  },
  'warns for iptables, too': {
    target: 'iptables',
    services,
    nodes: [node({ probe: has('10.0.0.11') })],
    finds: 'warn',
  },
  'does not know a node nobody looked at': {
    target: 'nftables',
    services,
    nodes: [node({ probe: null })],
    finds: 'unknown',
  },
  'does not know without the Services': {
    target: 'nftables',
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
});
