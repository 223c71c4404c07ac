import type { Pod } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { daemonSet, service } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { hostIptablesWriters } from './host-iptables-writers.ts';

const saved = (...lines: readonly string[]): Readonly<Record<string, string>> => ({
  iptablesNft: [...lines, 'service-chains 0', ''].join('\n'),
  iptablesLegacy: 'service-chains 0\n',
});
const quiet = [node({ probe: saved('*nat', ':POSTROUTING ACCEPT [0:0]', 'COMMIT') })];
const tailscale: Pod = {
  metadata: { name: 'subnet-router', namespace: 'vpn' },
  spec: { nodeName: 'n1', hostNetwork: true, containers: [{ name: 't', image: 'tailscale/tailscale:v1.90' }] },
};

testRule(hostIptablesWriters, {
  'passes a node without them': { target: 'nftables', nodes: quiet, finds: 'nothing' },
  'warns of ip-masq-agent': {
    target: 'nftables',
    nodes: quiet,
    daemonSets: [daemonSet('azure-ip-masq-agent')],
    finds: 'warn',
    says: 'ip-masq-agent on this node',
  },
  'warns of the egress of kube-vip': {
    target: 'nftables',
    nodes: quiet,
    services: [{ ...service('mail'), metadata: { name: 'mail', annotations: { 'kube-vip.io/egress': 'true' } } }],
    finds: 'warn',
    says: 'kube-vip (egress)',
  },
  'warns of Tailscale in a pod': {
    target: 'nftables',
    nodes: quiet,
    pods: [tailscale],
    finds: 'warn',
    says: 'Tailscale',
  },
  'warns of Tailscale on the host': {
    target: 'nftables',
    nodes: [node({ probe: saved('*nat', ':ts-postrouting - [0:0]', 'COMMIT') })],
    finds: 'warn',
    says: 'Tailscale',
  },
  'warns of NOTRACK': {
    target: 'nftables',
    nodes: [
      node({ probe: saved('*raw', '-A PREROUTING -d 10.96.0.10/32 -p udp -m udp --dport 53 -j NOTRACK', 'COMMIT') }),
    ],
    finds: 'warn',
    says: 'NOTRACK',
  },
  'informs towards ipvs': {
    target: 'ipvs',
    nodes: quiet,
    daemonSets: [daemonSet('submariner-globalnet')],
    finds: 'info',
    says: 'Submariner',
  },
  'informs towards iptables': {
    target: 'iptables',
    nodes: [node({ mode: 'ipvs' })],
    daemonSets: [daemonSet('ip-masq-agent')],
    finds: 'info',
  },
  'does not know a node nobody looked at': { target: 'nftables', nodes: [node({ probe: null })], finds: 'unknown' },
  'does not know without the pods': {
    target: 'nftables',
    nodes: quiet,
    pods: unseen('listing pods is forbidden'),
    finds: 'unknown',
  },
});
