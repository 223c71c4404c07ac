import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { hostFirewallHoles } from './host-firewall-holes.ts';

const saved = (policy: string, ...rules: readonly string[]): Readonly<Record<string, string>> => ({
  iptablesNft: ['*filter', `:INPUT ${policy} [0:0]`, ...rules, 'COMMIT', 'service-chains 0', ''].join('\n'),
  iptablesLegacy: 'service-chains 0\n',
  nftTables: '',
});
const UFW = saved('DROP', ':ufw-before-input - [0:0]', '-A INPUT -j ufw-before-input');
const services = [service('web', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] })];
const balanced = [
  service('web', {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 31999,
    ports: [{ port: 80, nodePort: 30080 }],
  }),
];

testRule(hostFirewallHoles, {
  'passes a node without a firewall': {
    target: 'nftables',
    services,
    nodes: [node({ probe: saved('ACCEPT') })],
    finds: 'nothing',
  },
  'blocks ufw and a health check port': {
    target: 'nftables',
    services: balanced,
    nodes: [node({ probe: UFW })],
    finds: 'block',
    says: ['ufw is active', 'ufw allow 31999/tcp'],
  },
  'blocks the INPUT policy DROP and a health check port': {
    target: 'nftables',
    services: balanced,
    nodes: [node({ probe: saved('DROP') })],
    finds: 'block',
    says: 'iptables -A INPUT -p tcp -m multiport --dports 31999 -j ACCEPT',
  },
  'warns of ufw and node ports': {
    target: 'nftables',
    services,
    nodes: [node({ probe: UFW })],
    finds: 'warn',
    says: 'ufw allow 30000:32767/tcp',
  },
  'warns of firewalld, through which kube-proxy never had a hole': {
    target: 'nftables',
    services: balanced,
    nodes: [node({ probe: { ...saved('ACCEPT'), nftTables: 'table inet firewalld\n' } })],
    finds: 'warn',
    says: 'firewall-cmd --permanent --add-port=30000-32767/tcp',
  },
  'warns of the firewall of Talos': {
    target: 'nftables',
    services,
    nodes: [node({ probe: { ...saved('ACCEPT'), nftTables: 'table inet talos\n' } })],
    finds: 'warn',
    says: 'NetworkRuleConfig',
  },
  'passes ufw that is switched off': {
    target: 'nftables',
    services,
    nodes: [node({ probe: saved('ACCEPT', ':ufw-before-input - [0:0]') })],
    finds: 'nothing',
  },
  'passes a cluster without node ports': { target: 'nftables', nodes: [node({ probe: UFW })], finds: 'nothing' },
  'informs when nftables is left': {
    target: 'iptables',
    services,
    nodes: [node({ mode: 'nftables', probe: UFW })],
    finds: 'info',
  },
  'does not know a node nobody looked at': {
    target: 'nftables',
    services,
    nodes: [node({ probe: null })],
    finds: 'unknown',
  },
  'does not know what is behind a firewall without the Services': {
    target: 'nftables',
    services: unseen('listing services is forbidden'),
    nodes: [node({ probe: UFW })],
    finds: 'unknown',
  },
});
