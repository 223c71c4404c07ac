import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { nodeportAddressesDefault } from './nodeport-addresses-default.ts';

const services = [service('web', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] })];
const addresses = (...all: readonly [string, string][]): { readonly ipAddresses: string } => ({
  ipAddresses: JSON.stringify(all.map(([ifname, local]) => ({ ifname, addr_info: [{ local }] }))),
});
const single = [node({ probe: addresses(['lo', '127.0.0.1'], ['eth0', '10.0.0.11'], ['docker0', '172.17.0.1']) })];
const twoCards = [node({ probe: addresses(['eth0', '10.0.0.11'], ['eth1', '192.168.7.11']) })];
/** As a helper pod sees it: addresses without devices, among them those of tunl0 and of kube-ipvs0. */
const inPod = (...all: readonly string[]): Readonly<Record<string, string>> => ({
  fibTrie: all.map((one) => `        |-- ${one}\n           /32 host LOCAL\n`).join(''),
  routes: '',
  inet6Addresses: '',
});

testRule(nodeportAddressesDefault, {
  'blocks a node with a second card': {
    target: 'nftables',
    services,
    nodes: twoCards,
    finds: 'block',
    says: ['192.168.7.11', 'default/web', 'nodePortAddresses: ["0.0.0.0/0"]'],
  },
  'blocks a node whose ExternalIP is its own, though nobody looked at it': {
    target: 'nftables',
    services,
    nodes: [node({ externalIps: ['203.0.113.7'], probe: null })],
    finds: 'block',
    says: '203.0.113.7',
  },
  'passes a node with one address and container bridges': {
    target: 'nftables',
    services,
    nodes: single,
    finds: 'nothing',
  },
  'passes the tunnel address of Calico, in the cluster range or named by Calico': {
    target: 'nftables',
    services,
    nodes: [
      node({
        annotations: { 'projectcalico.org/IPv4IPIPTunnelAddr': '192.168.36.64' },
        probe: inPod('127.0.0.1', '10.0.0.11', '10.244.36.64', '192.168.36.64'),
      }),
    ],
    finds: 'nothing',
  },
  'passes the addresses on kube-ipvs0': {
    target: 'nftables',
    services: [...services, service('db', { clusterIP: '10.96.0.51', externalIPs: ['203.0.113.9'] })],
    config: { mode: 'ipvs' },
    nodes: [node({ mode: 'ipvs', probe: inPod('10.0.0.11', '10.96.0.50', '10.96.0.51', '203.0.113.9') })],
    finds: 'nothing',
  },
  'passes IPv6 addresses of a cluster without IPv6 Services': {
    target: 'nftables',
    services,
    nodes: [node({ probe: addresses(['eth0', '10.0.0.11'], ['eth0', '2001:db8::7']) })],
    finds: 'nothing',
  },
  'blocks a second IPv6 address where Services have IPv6': {
    target: 'nftables',
    services: [
      service('web', { type: 'NodePort', ipFamilies: ['IPv4', 'IPv6'], ports: [{ port: 80, nodePort: 30080 }] }),
    ],
    nodes: [
      node({ ips: ['10.0.0.11', '2001:db8::7'], probe: addresses(['eth0', '2001:db8::7'], ['eth1', '2001:db8::8']) }),
    ],
    finds: 'block',
    says: '["0.0.0.0/0", "::/0"]',
  },
  'passes when nodePortAddresses is set': {
    target: 'nftables',
    services,
    nodes: twoCards,
    config: { nodePortAddresses: ['0.0.0.0/0'] },
    finds: 'nothing',
  },
  'passes when the migration sets nodePortAddresses': {
    target: 'nftables',
    services,
    nodes: twoCards,
    change: { nodePortAddresses: ['0.0.0.0/0'] },
    finds: 'nothing',
  },
  'passes a cluster without node ports': { target: 'nftables', nodes: twoCards, finds: 'nothing' },
  'informs when node ports appear on more addresses': {
    target: 'iptables',
    config: { mode: 'nftables' },
    services,
    nodes: [node({ mode: 'nftables', probe: addresses(['eth1', '192.168.7.11']) })],
    finds: 'info',
  },
  'does not know a node nobody looked at': {
    target: 'nftables',
    services,
    nodes: [node({ probe: null })],
    finds: 'unknown',
  },
  'does not know without the Services': {
    target: 'nftables',
    services: unseen('listing services is forbidden'),
    nodes: single,
    finds: 'unknown',
  },
});
