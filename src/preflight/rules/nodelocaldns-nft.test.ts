import { unseen } from '../known.ts';
import { kubeDns, nodeLocalDns } from '../testing/dns.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { nodelocaldnsNft } from './nodelocaldns-nft.ts';

const services = [kubeDns];
const daemonSets = [nodeLocalDns('169.254.20.10,10.96.0.10')];

testRule(nodelocaldnsNft, {
  'has nothing to say without a cache': { target: 'nftables', services, finds: 'nothing' },
  'warns of the layout for iptables': {
    target: 'nftables',
    services,
    daemonSets,
    finds: 'warn',
    says: [
      '10.96.0.10 (kube-system/kube-dns)',
      'undocumented',
      'nslookup kubernetes.default.svc.cluster.local 10.96.0.10',
    ],
  },
  'names hosts without iptables': {
    target: 'nftables',
    services,
    daemonSets,
    nodes: [node({ name: 'new', osImage: 'Red Hat Enterprise Linux 10.0 (Coughlan)' })],
    finds: 'warn',
    says: 'it does not start: new.',
  },
  'passes the layout for ipvs': {
    target: 'nftables',
    services,
    daemonSets: [nodeLocalDns('169.254.20.10')],
    finds: 'nothing',
  },
  'is not asked for iptables': { target: 'iptables', services, daemonSets, finds: 'nothing' },
  'is not asked for ipvs': { target: 'ipvs', services, daemonSets, finds: 'nothing' },
  'does not know what it cannot list': {
    target: 'nftables',
    services: unseen('listing services is forbidden'),
    daemonSets,
    finds: 'unknown',
  },
});
