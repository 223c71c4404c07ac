import { calico, felix } from '../testing/calico.ts';
import { ended, node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { calicoIptablesBackend } from './calico-iptables-backend.ts';

const daemonSets = [calico('v3.30.0')];
const hint = '*mangle\n:PREROUTING ACCEPT [0:0]\n:KUBE-IPTABLES-HINT - [0:0]\nCOMMIT\nservice-chains 0\n';
const nothing = 'service-chains 0\n';
const hostIsNft = [node({ probe: { iptablesNft: hint, iptablesLegacy: nothing } })];
const hostIsLegacy = [node({ probe: { iptablesNft: nothing, iptablesLegacy: hint } })];

testRule(calicoIptablesBackend, {
  'has nothing to say without Calico': { target: 'iptables', nodes: hostIsNft, finds: 'nothing' },
  'passes the default': { target: 'iptables', daemonSets, nodes: [node({ probe: null })], finds: 'nothing' },
  'passes Auto': {
    target: 'iptables',
    daemonSets,
    ...felix({ default: { iptablesBackend: 'Auto' } }),
    nodes: [node({ probe: null })],
    finds: 'nothing',
  },
  'warns of Legacy on a host with iptables-nft': {
    target: 'iptables',
    daemonSets,
    ...felix({ default: { iptablesBackend: 'Legacy' } }),
    nodes: hostIsNft,
    finds: 'warn',
    says: ['iptablesBackend Legacy', 'iptables-nft', 'felixconfiguration default', '"iptablesBackend":"Auto"'],
  },
  'warns of NFT on a host with iptables-legacy, for ipvs': {
    target: 'ipvs',
    daemonSets: [calico('v3.30.0', { env: { FELIX_IPTABLESBACKEND: 'NFT' } })],
    nodes: hostIsLegacy,
    finds: 'warn',
    says: ['iptables-legacy', 'FELIX_IPTABLESBACKEND-'],
  },
  'names the node’s own setting': {
    target: 'ipvs',
    daemonSets,
    ...felix({ 'node.n1': { iptablesBackend: 'NFT' } }),
    nodes: hostIsLegacy,
    finds: 'warn',
    says: 'felixconfiguration "node.$NODE"',
  },
  'passes where they agree': {
    target: 'ipvs',
    daemonSets,
    ...felix({ default: { iptablesBackend: 'NFT' } }),
    nodes: hostIsNft,
    finds: 'nothing',
  },
  'passes a host that shows neither': {
    target: 'ipvs',
    daemonSets,
    ...felix({ default: { iptablesBackend: 'NFT' } }),
    nodes: [node({ probe: { iptablesNft: nothing, iptablesLegacy: nothing } })],
    finds: 'nothing',
  },
  'is not asked for nftables': {
    target: 'nftables',
    daemonSets,
    ...felix({ default: { iptablesBackend: 'Legacy' } }),
    nodes: hostIsNft,
    finds: 'nothing',
  },
  'does not know a flavour without its program': {
    target: 'iptables',
    daemonSets,
    ...felix({ default: { iptablesBackend: 'NFT' } }),
    nodes: [node({ probe: { iptablesNft: hint, iptablesLegacy: ended(127) } })],
    finds: 'unknown',
  },
});
