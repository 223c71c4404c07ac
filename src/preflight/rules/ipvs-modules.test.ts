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
  'blocks a module that modprobe.d forbids': {
    target: 'ipvs',
    nodes: [node({ probe: { procModules: '', modprobe: modprobe({ ip_vs: 'blocked', ip_vs_rr: 'loadable' }) } })],
    finds: 'block',
    says: ['Module ip_vs is missing', 'install /bin/false', '/etc/modprobe.d'],
  },
  'blocks a module the kernel was told to refuse': {
    target: 'ipvs',
    nodes: [
      node({
        probe: {
          procModules: '',
          commandLine: 'ro quiet module_blacklist=ip_vs\n',
          modprobe: modprobe({ ip_vs: 'loadable', ip_vs_rr: 'loadable' }),
        },
      }),
    ],
    finds: 'block',
    says: ['Module ip_vs is missing', 'module_blacklist=ip_vs', 'boot the node again', 'modprobe -a ip_vs'],
  },
  'blocks where no module can be loaded any more': {
    target: 'ipvs',
    nodes: [
      node({
        probe: {
          procModules: 'ip_vs 188416 3 - Live\n',
          sysctls: '/proc/sys/kernel/modules_disabled:1\n',
          modprobe: modprobe({ ip_vs_rr: 'loadable' }),
        },
      }),
    ],
    finds: 'block',
    says: [
      'Module ip_vs_rr is missing',
      'kernel.modules_disabled is 1',
      '/etc/modules-load.d/kube-proxy.conf',
      'reboot',
    ],
  },
  'prints the change for a system whose files are not for editing': {
    target: 'ipvs',
    nodes: [
      node({
        osImage: 'Talos (v1.12.0)',
        probe: { procModules: '', modprobe: modprobe({ ip_vs: 'loadable', ip_vs_rr: 'loadable' }) },
      }),
    ],
    finds: 'info',
    says: ['To be loaded: ip_vs, ip_vs_rr', 'talosctl patch machineconfig', '- name: ip_vs_rr'],
  },
  'leaves modules without files to another rule': {
    target: 'ipvs',
    nodes: [node({ probe: { procModules: '', modprobe: modprobe({ ip_vs: 'missing', ip_vs_rr: 'missing' }) } })],
    finds: 'nothing',
  },
  'leaves the configured scheduler to another rule': {
    target: 'ipvs',
    config: { ipvs: { scheduler: 'wlc' } },
    nodes: [node({ probe: { procModules: 'ip_vs 188416 3 - Live\n', modprobe: modprobe({ ip_vs_wlc: 'missing' }) } })],
    finds: 'nothing',
  },
  'goes by virtual servers that are there, and by the build configuration': {
    target: 'ipvs',
    nodes: [
      node({ mode: 'ipvs', probe: { procModules: '', ipVs: 'TCP  0A600032:0050 rr\n' } }),
      node({ name: 'n2', probe: { procModules: '', kernelConfig: 'CONFIG_IP_VS=y\nCONFIG_IP_VS_RR=y\n' } }),
    ],
    finds: 'nothing',
  },
  'asks for the whole list up to 1.26': {
    target: 'ipvs',
    version: 'v1.26.15',
    nodes: [
      node({ probe: { procModules: loaded, modprobe: modprobe({ ip_vs_wrr: 'loadable', ip_vs_sh: 'loadable' }) } }),
    ],
    finds: 'info',
    says: ['ip_vs_wrr, ip_vs_sh', 'modprobe -a ip_vs_wrr ip_vs_sh'],
  },
  'looks at the way back to ipvs, too': {
    target: 'nftables',
    direction: 'rollback',
    nodes: [
      node({
        mode: 'ipvs',
        probe: { procModules: '', modprobe: modprobe({ ip_vs: 'blocked', ip_vs_rr: 'loadable' }) },
      }),
    ],
    finds: 'block',
  },
  'does not know a node that was not probed': { target: 'ipvs', nodes: [node({ probe: null })], finds: 'unknown' },
  'does not know modules modprobe was not asked about': {
    target: 'ipvs',
    nodes: [node({ probe: { procModules: 'nf_conntrack 200704 2 - Live\n' } })],
    finds: 'unknown',
    says: 'ip_vs is unknown',
  },
});
