import { service } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ipForward } from './ip-forward.ts';

const on = '/proc/sys/net/ipv4/ip_forward:1\n';
const dual = [service('web', { ipFamilies: ['IPv4', 'IPv6'] })];

testRule(ipForward, {
  'passes a node that forwards': { target: 'nftables', nodes: [node({ probe: { sysctls: on } })], finds: 'nothing' },
  'warns of one that does not': {
    target: 'nftables',
    nodes: [node({ probe: { sysctls: '/proc/sys/net/ipv4/ip_forward:0\n' } })],
    finds: 'warn',
    says: ['net.ipv4.ip_forward is 0', 'sysctl -w net.ipv4.ip_forward=1'],
  },
  'warns of IPv6 in a cluster with IPv6': {
    target: 'ipvs',
    services: dual,
    nodes: [node({ probe: { sysctls: `${on}/proc/sys/net/ipv6/conf/all/forwarding:0\n` } })],
    finds: 'warn',
    says: 'net.ipv6.conf.all.forwarding is 0',
  },
  'warns of it towards iptables': {
    target: 'iptables',
    services: dual,
    nodes: [node({ probe: { sysctls: on } })],
    finds: 'warn',
    says: 'not there',
  },
  'does not know a node nobody looked at': { target: 'nftables', nodes: [node({ probe: null })], finds: 'unknown' },
});
