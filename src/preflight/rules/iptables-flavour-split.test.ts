import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { iptablesFlavourSplit } from './iptables-flavour-split.ts';

const none = 'service-chains 0\n';
const saved = (...chains: readonly string[]): string =>
  ['*nat', ...chains.map((chain) => `:${chain} - [0:0]`), 'COMMIT', 'service-chains 2', ''].join('\n');
const node4 = (iptablesLegacy: string, iptablesNft: string): ReturnType<typeof node> =>
  node({ probe: { iptablesLegacy, iptablesNft, ip6tablesLegacy: none, ip6tablesNft: none } });

testRule(iptablesFlavourSplit, {
  'passes one flavour': { target: 'nftables', nodes: [node4(none, saved('KUBE-SERVICES'))], finds: 'nothing' },
  'warns of both': {
    target: 'nftables',
    nodes: [node4(saved('KUBE-KUBELET-CANARY'), saved('KUBE-SERVICES'))],
    finds: 'warn',
    says: ['iptables-legacy has KUBE-KUBELET-CANARY', 'iptables-nft has KUBE-SERVICES, 2 chains of Services'],
  },
  'warns of both towards ipvs': { target: 'ipvs', nodes: [node4(saved('KUBE-A'), saved('KUBE-B'))], finds: 'warn' },
  'warns of both towards iptables': {
    target: 'iptables',
    nodes: [node4(saved('KUBE-A'), saved('KUBE-B'))],
    finds: 'warn',
  },
  'does not know a node nobody looked at': { target: 'nftables', nodes: [node({ probe: null })], finds: 'unknown' },
});
