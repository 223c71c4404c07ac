import { nodeLocalDns } from '../testing/dns.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { networkmanagerDummies } from './networkmanager-dummies.ts';

const running = [node({ probe: { networkManager: 'yes\n', networkManagerUnmanaged: '' } })];
const told = (line: string): typeof running => [
  node({
    probe: { networkManager: 'yes\n', networkManagerUnmanaged: `/etc/NetworkManager/conf.d/k8s.conf:${line}\n` },
  }),
];
const daemonSets = [nodeLocalDns('169.254.20.10')];

testRule(networkmanagerDummies, {
  'passes a node without NetworkManager': {
    target: 'ipvs',
    nodes: [node({ probe: { networkManager: 'no\n' } })],
    finds: 'nothing',
  },
  'warns of ipvs': {
    target: 'ipvs',
    nodes: running,
    finds: 'warn',
    says: ['leave kube-ipvs0 alone', 'unmanaged-devices+=interface-name:kube-ipvs0;interface-name:nodelocaldns'],
  },
  'names both devices': {
    target: 'ipvs',
    nodes: running,
    daemonSets,
    finds: 'warn',
    says: 'kube-ipvs0 and nodelocaldns',
  },
  'tells of the DNS cache for iptables': {
    target: 'iptables',
    nodes: running,
    daemonSets,
    finds: 'info',
    says: 'nodelocaldns',
  },
  'tells of the DNS cache for nftables': { target: 'nftables', nodes: running, daemonSets, finds: 'info' },
  'passes nftables without a DNS cache': { target: 'nftables', nodes: running, finds: 'nothing' },
  'passes a node that kubespray has prepared': {
    target: 'ipvs',
    nodes: told('unmanaged-devices+=interface-name:kube-ipvs0;interface-name:nodelocaldns'),
    daemonSets,
    finds: 'nothing',
  },
  'passes a node where dummies are left alone': {
    target: 'ipvs',
    nodes: told('unmanaged-devices=type:dummy'),
    finds: 'nothing',
  },
  'does not know a node that was not probed': { target: 'ipvs', nodes: [node({ probe: null })], finds: 'unknown' },
});
