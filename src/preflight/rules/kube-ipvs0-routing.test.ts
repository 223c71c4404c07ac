import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { kubeIpvs0Routing } from './kube-ipvs0-routing.ts';

const saved = (...rules: readonly string[]): { readonly iptablesNft: string; readonly iptablesLegacy: string } => ({
  iptablesNft: ['*nat', ':POSTROUTING ACCEPT [0:0]', ...rules, 'COMMIT', 'service-chains 0', ''].join('\n'),
  iptablesLegacy: 'service-chains 0\n',
});
const own = '-A KUBE-POSTROUTING -o kube-ipvs0 -j MASQUERADE';

testRule(kubeIpvs0Routing, {
  'warns of a rule that names the device': {
    target: 'nftables',
    nodes: [node({ mode: 'ipvs', probe: saved(own, '-A POSTROUTING -o kube-ipvs0 -j SNAT --to-source 10.0.0.11') })],
    finds: 'warn',
    says: '-o kube-ipvs0 -j SNAT',
  },
  'warns of it towards iptables': {
    target: 'iptables',
    nodes: [node({ mode: 'ipvs', probe: saved('-A POSTROUTING -o kube-ipvs0 -j RETURN') })],
    finds: 'warn',
  },
  'only informs where no rule names it': {
    target: 'nftables',
    nodes: [node({ mode: 'ipvs', probe: saved(own) })],
    finds: 'info',
    says: 'kube-ipvs0',
  },
  'informs towards ipvs': { target: 'ipvs', finds: 'info', says: 'appears' },
  'has nothing to say when iptables is left': {
    target: 'nftables',
    nodes: [node({ probe: saved() })],
    finds: 'nothing',
  },
  'does not know a node nobody looked at': {
    target: 'nftables',
    nodes: [node({ mode: 'ipvs', probe: null })],
    finds: 'unknown',
  },
});
