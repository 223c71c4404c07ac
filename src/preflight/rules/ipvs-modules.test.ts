import { modprobe, node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ipvsModules } from './ipvs-modules.ts';

const loaded = 'ip_vs_rr 16384 1 - Live\nip_vs 188416 3 ip_vs_rr, Live\nnf_conntrack 200704 2 - Live\n';

testRule(ipvsModules, {
  'passes a node that has them': {
    target: 'ipvs',
    nodes: [node({ probe: { procModules: loaded } })],
    finds: 'nothing',
  },
  'passes modules that are built in': {
    target: 'ipvs',
    nodes: [
      node({
        probe: {
          procModules: '',
          modulesBuiltin: 'kernel/net/netfilter/ipvs/ip_vs.ko\nkernel/net/netfilter/ipvs/ip_vs_rr.ko\n',
        },
      }),
    ],
    finds: 'nothing',
  },
  'blocks a module the node does not have': {
    target: 'ipvs',
    nodes: [node({ probe: { procModules: '', modprobe: modprobe({ ip_vs: 'missing', ip_vs_rr: 'missing' }) } })],
    finds: 'block',
    says: ['Module ip_vs is missing', 'modprobe -a ip_vs ip_vs_rr'],
  },
  'blocks a module that modprobe.d forbids': {
    target: 'ipvs',
    nodes: [node({ probe: { procModules: '', modprobe: modprobe({ ip_vs: 'blocked', ip_vs_rr: 'loadable' }) } })],
    finds: 'block',
    says: 'install /bin/false',
  },
  'asks for the configured scheduler': {
    target: 'ipvs',
    config: { ipvs: { scheduler: 'wlc' } },
    nodes: [node({ probe: { procModules: loaded, modprobe: modprobe({ ip_vs_wlc: 'missing' }) } })],
    finds: 'block',
    says: 'ip_vs_wlc',
  },
  'asks for the whole list up to 1.26': {
    target: 'ipvs',
    version: 'v1.26.15',
    nodes: [
      node({ probe: { procModules: loaded, modprobe: modprobe({ ip_vs_wrr: 'loadable', ip_vs_sh: 'loadable' }) } }),
    ],
    finds: 'info',
    says: 'ip_vs_wrr, ip_vs_sh',
  },
  'does not know a node that was not probed': { target: 'ipvs', nodes: [node({ probe: null })], finds: 'unknown' },
  'does not know modules modprobe was not asked about': {
    target: 'ipvs',
    nodes: [node({ probe: { procModules: 'nf_conntrack 200704 2 - Live\n' } })],
    finds: 'unknown',
    says: 'ip_vs is unknown',
  },
});
