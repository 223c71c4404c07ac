import { unseen } from '../known.ts';
import { modprobe, node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { osImmutable } from './os-immutable.ts';

testRule(osImmutable, {
  'passes Ubuntu': { target: 'nftables', finds: 'nothing' },
  'informs of Talos': {
    target: 'nftables',
    nodes: [node({ osImage: 'Talos (v1.12.0)' })],
    finds: 'info',
    says: ['Talos (v1.12.0)', 'talosctl patch machineconfig'],
  },
  'informs of Bottlerocket, towards ipvs': {
    target: 'ipvs',
    nodes: [node({ osImage: 'Bottlerocket OS 1.49.0 (aws-k8s-1.34)' })],
    finds: 'info',
    says: 'settings.kernel.modules.ip_vs',
  },
  'informs of Flatcar, towards iptables': {
    target: 'iptables',
    nodes: [node({ osImage: 'Flatcar Container Linux by Kinvolk 4230.2.3 (Oklo)' })],
    finds: 'info',
    says: 'Butane',
  },
  'says no more of a node that has all it needs': {
    target: 'ipvs',
    nodes: [
      node({
        osImage: 'Talos (v1.12.0)',
        probe: {
          procModules: 'ip_vs 1 0 - Live\nip_vs_rr 1 0 - Live\nnf_conntrack 1 0 - Live\n',
          sysctls: '/proc/sys/net/ipv4/ip_forward:1\n',
        },
      }),
    ],
    finds: 'info',
    says: 'do not last, so none are set.',
  },
  'prints what a node lacks, and no more': {
    target: 'ipvs',
    nodes: [
      node({
        osImage: 'Talos (v1.12.0)',
        probe: {
          procModules: 'ip_vs 1 0 - Live\nnf_conntrack 1 0 - Live\n',
          modprobe: modprobe({ ip_vs_rr: 'loadable' }),
          sysctls: '/proc/sys/net/ipv4/ip_forward:0\n',
        },
      }),
    ],
    finds: 'info',
    says: 'machine:\n  kernel:\n    modules:\n      - name: ip_vs_rr\n  sysctls:\n    net.ipv4.ip_forward: "1"',
  },
  'does not know without the nodes': {
    target: 'nftables',
    nodes: unseen('listing nodes is forbidden'),
    finds: 'unknown',
  },
});
