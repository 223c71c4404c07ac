import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { forwardDrop } from './forward-drop.ts';

const saved = (policy: string, ...rules: readonly string[]): Readonly<Record<string, string>> => ({
  iptablesNft: [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    `:FORWARD ${policy} [0:0]`,
    ':KUBE-FORWARD - [0:0]',
    '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD',
    ...rules,
    '-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT',
    'COMMIT',
    'service-chains 0',
    '',
  ].join('\n'),
  iptablesLegacy: 'service-chains 0\n',
});
const DROP = [node({ probe: saved('DROP') })];

testRule(forwardDrop, {
  'passes the policy ACCEPT': { target: 'nftables', nodes: [node({ probe: saved('ACCEPT') })], finds: 'nothing' },
  'blocks the policy DROP': {
    target: 'nftables',
    nodes: DROP,
    finds: 'block',
    says: ['FORWARD policy of iptables is DROP', 'iptables -A FORWARD -s 10.244.0.0/16 -j ACCEPT'],
  },
  'passes it where pods are accepted in both directions': {
    target: 'nftables',
    nodes: [
      node({ probe: saved('DROP', '-A FORWARD -s 10.244.0.0/16 -j ACCEPT', '-A FORWARD -d 10.244.0.0/16 -j ACCEPT') }),
    ],
    finds: 'nothing',
  },
  'blocks it where only one direction is accepted': {
    target: 'nftables',
    nodes: [node({ probe: saved('DROP', '-A FORWARD -s 10.244.0.0/16 -j ACCEPT') })],
    finds: 'block',
  },
  "passes it where flannel's chain accepts them": {
    target: 'nftables',
    nodes: [
      node({
        probe: saved(
          'DROP',
          '-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD',
          '-A FLANNEL-FWD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
          '-A FLANNEL-FWD -d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
        ),
      }),
    ],
    finds: 'nothing',
  },
  "does not count Calico's accept, which moves with kube-proxy": {
    target: 'nftables',
    nodes: [
      node({
        probe: saved('DROP', '-A FORWARD -m comment --comment "cali:x" -m mark --mark 0x10000/0x10000 -j ACCEPT'),
      }),
    ],
    finds: 'block',
  },
  'informs when nftables is left': {
    target: 'iptables',
    nodes: [node({ mode: 'nftables', probe: saved('DROP') })],
    finds: 'info',
  },
  'passes between iptables and ipvs': { target: 'ipvs', nodes: DROP, finds: 'nothing' },
  'waives the legacy flavour where the kernel has none': {
    target: 'nftables',
    nodes: [
      node({
        probe: {
          iptablesNft: saved('ACCEPT')['iptablesNft'] ?? '',
          procModules: 'nf_tables 1 0 - Live\n',
          modprobe: '== ip_tables\nmodprobe: FATAL: Module ip_tables not found.\nrc 1\n',
        },
      }),
    ],
    finds: 'nothing',
  },
  'does not know a node nobody looked at': { target: 'nftables', nodes: [node({ probe: null })], finds: 'unknown' },
});
