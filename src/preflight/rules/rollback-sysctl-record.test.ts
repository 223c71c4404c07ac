import type { NodePart } from '../testing/node.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { rollbackSysctlRecord } from './rollback-sysctl-record.ts';

const having = (values: Readonly<Record<string, string>>, kernel = '6.1.0'): readonly NodePart[] => [
  node({
    kernel,
    probe: {
      sysctls: Object.entries(values)
        .map(([name, value]) => `/proc/sys/net/${name}:${value}\n`)
        .join(''),
    },
  }),
];
const ordinary = { 'ipv4/ip_forward': '1', 'ipv4/conf/all/arp_ignore': '0', 'ipv4/conf/all/arp_announce': '0' };
const vs = { 'ipv4/vs/conntrack': '0', 'ipv4/vs/conn_reuse_mode': '1' };
const liberal = { conntrack: { tcpBeLiberal: true } };

testRule(rollbackSysctlRecord, {
  'passes nftables, which writes none': { target: 'nftables', nodes: having(ordinary), finds: 'nothing' },
  'warns of liberal connection tracking': {
    target: 'nftables',
    config: liberal,
    nodes: having({ 'netfilter/nf_conntrack_tcp_be_liberal': '0' }),
    finds: 'warn',
    says: "sysctl -w 'net.netfilter.nf_conntrack_tcp_be_liberal=0'",
  },
  'passes where it is so already': {
    target: 'nftables',
    config: liberal,
    nodes: having({ 'netfilter/nf_conntrack_tcp_be_liberal': '1' }),
    finds: 'nothing',
  },
  'passes ipvs on an ordinary node': { target: 'ipvs', nodes: having(ordinary), finds: 'nothing' },
  'warns of strictARP and forwarding': {
    target: 'ipvs',
    config: { ipvs: { strictARP: true } },
    nodes: having({ ...ordinary, 'ipv4/ip_forward': '0' }),
    finds: 'warn',
    says: ['net.ipv4.ip_forward from 0 to 1', 'arp_ignore from 0 to 1', 'net.ipv4.conf.all.arp_announce=0'],
  },
  'warns of what ip_vs is set to': {
    target: 'ipvs',
    nodes: having(vs, '5.4.0'),
    finds: 'warn',
    says: ['net.ipv4.vs.conntrack from 0 to 1', 'conn_reuse_mode from 1 to 0'],
  },
  'passes the reuse of connections on newer kernels': {
    target: 'ipvs',
    nodes: having({ 'ipv4/vs/conntrack': '1', 'ipv4/vs/conn_reuse_mode': '1' }),
    finds: 'nothing',
  },
  'warns of node ports on loopback': {
    target: 'iptables',
    nodes: having({ 'ipv4/conf/all/route_localnet': '0' }),
    finds: 'warn',
    says: 'net.ipv4.conf.all.route_localnet from 0 to 1',
  },
  'passes where they are off': {
    target: 'iptables',
    config: { iptables: { localhostNodePorts: false } },
    nodes: having({ 'ipv4/conf/all/route_localnet': '0' }),
    finds: 'nothing',
  },
  'passes where node ports are on other addresses': {
    target: 'iptables',
    config: { nodePortAddresses: ['10.0.0.0/8'] },
    nodes: having({ 'ipv4/conf/all/route_localnet': '0' }),
    finds: 'nothing',
  },
  'does not know a node nobody looked at': { target: 'ipvs', nodes: [node({ probe: null })], finds: 'unknown' },
});
