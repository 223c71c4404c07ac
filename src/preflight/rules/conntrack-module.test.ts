import { modprobe, node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { conntrackModule } from './conntrack-module.ts';

const without = (state: 'missing' | 'loadable'): ReturnType<typeof node> =>
  node({ probe: { sysctls: '', procModules: '', modprobe: modprobe({ nf_conntrack: state }) } });

testRule(conntrackModule, {
  'passes a node that tracks connections': {
    target: 'nftables',
    nodes: [node({ probe: { sysctls: '/proc/sys/net/netfilter/nf_conntrack_max:262144\n', procModules: '' } })],
    finds: 'nothing',
  },
  'blocks a kernel without the module': {
    target: 'nftables',
    nodes: [without('missing')],
    finds: 'block',
    says: ['nf_conntrack_max', 'modprobe -a nf_conntrack'],
  },
  'blocks it for ipvs': { target: 'ipvs', nodes: [without('missing')], finds: 'block' },
  'blocks it for iptables': { target: 'iptables', nodes: [without('missing')], finds: 'block' },
  'only informs where it can be loaded': { target: 'nftables', nodes: [without('loadable')], finds: 'info' },
  'blocks where it could be loaded, but nobody will': {
    target: 'nftables',
    loads: false,
    nodes: [without('loadable')],
    finds: 'block',
    says: 'not loaded',
  },
  'does not know a node nobody looked at': { target: 'nftables', nodes: [node({ probe: null })], finds: 'unknown' },
});
