import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { masqChainUsers } from './masq-chain-users.ts';

const probe = (...rules: readonly string[]): Readonly<Record<string, string>> => ({
  iptablesNft: ['*nat', ':POSTROUTING ACCEPT [0:0]', ...rules, 'COMMIT', 'service-chains 0', ''].join('\n'),
  iptablesLegacy: 'service-chains 0\n',
  markScripts: '',
});
const own = [
  '-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING',
  '-A KUBE-NODE-PORT -j KUBE-MARK-MASQ',
];
const setmark = '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j KUBE-MARK-MASQ';

testRule(masqChainUsers, {
  "passes kube-proxy's own rules": { target: 'nftables', nodes: [node({ probe: probe(...own) })], finds: 'nothing' },
  'warns of a chain of others': {
    target: 'nftables',
    nodes: [node({ probe: probe(...own, setmark) })],
    finds: 'warn',
    says: 'CNI-HOSTPORT-SETMARK',
  },
  'warns of hostPort chains of old kubelets, towards ipvs': {
    target: 'ipvs',
    nodes: [node({ probe: probe('-A KUBE-HP-ABCDEFGHIJKLMNOP -s 10.244.1.7/32 -j KUBE-MARK-MASQ') })],
    finds: 'warn',
  },
  'warns of a script, towards iptables': {
    target: 'iptables',
    nodes: [
      node({
        mode: 'ipvs',
        probe: { ...probe(), markScripts: '/host/etc/rc.local:iptables -t nat -A FOO -j KUBE-MARK-MASQ\n' },
      }),
    ],
    finds: 'warn',
    says: '/host/etc/rc.local',
  },
  'does not know a node nobody looked at': { target: 'nftables', nodes: [node({ probe: null })], finds: 'unknown' },
});
