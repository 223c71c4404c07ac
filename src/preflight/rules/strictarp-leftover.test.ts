import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { strictarpLeftover } from './strictarp-leftover.ts';

const sysctls = (ignore: number, announce: number): { readonly sysctls: string } => ({
  sysctls: `/proc/sys/net/ipv4/conf/all/arp_ignore:${ignore}\n/proc/sys/net/ipv4/conf/all/arp_announce:${announce}\n`,
});

testRule(strictarpLeftover, {
  'warns of what strictARP has set, towards nftables': {
    target: 'nftables',
    nodes: [node({ mode: 'ipvs', probe: sysctls(1, 2) })],
    finds: 'warn',
    says: ['arp_ignore is 1', 'arp_announce 2'],
  },
  'warns of it towards iptables': {
    target: 'iptables',
    nodes: [node({ mode: 'ipvs', probe: sysctls(1, 2) })],
    finds: 'warn',
  },
  'passes the defaults': {
    target: 'nftables',
    nodes: [node({ mode: 'ipvs', probe: sysctls(0, 0) })],
    finds: 'nothing',
  },
  'passes a node that is not in ipvs mode': {
    target: 'nftables',
    nodes: [node({ probe: sysctls(1, 2) })],
    finds: 'nothing',
  },
  'is not asked for ipvs': { target: 'ipvs', nodes: [node({ probe: sysctls(1, 2) })], finds: 'nothing' },
  'does not know a node nobody looked at': {
    target: 'nftables',
    nodes: [node({ mode: 'ipvs', probe: null })],
    finds: 'unknown',
  },
});
