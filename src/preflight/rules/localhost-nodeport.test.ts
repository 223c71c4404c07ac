import type { Pod } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { localhostNodeport } from './localhost-nodeport.ts';

const services = [service('registry', { type: 'NodePort', ports: [{ port: 5000, nodePort: 30500 }] })];
const counter = (value: number): readonly string[] => [
  `kubeproxy_iptables_localhost_nodeports_accepted_packets_total ${value}`,
];
const quiet = [node({ metrics: counter(0) })];
const busy = [node({ metrics: counter(7) })];
const old = (parts: Parameters<typeof node>[0] = {}): ReturnType<typeof node> =>
  node({ metrics: ['kubernetes_build_info{git_version="v1.28.9"} 1'], ...parts });
const puller: Pod = {
  metadata: { name: 'app', namespace: 'shop' },
  spec: { nodeName: 'n1', containers: [{ name: 'app', image: 'localhost:30500/shop/app:1' }] },
};

testRule(localhostNodeport, {
  'passes a counter at zero': { target: 'nftables', services, nodes: quiet, finds: 'nothing' },
  'blocks nftables when packets were counted': {
    target: 'nftables',
    services,
    nodes: busy,
    finds: 'block',
    says: ['7 packets', 'nodePortAddresses: [primary, localhost]'],
  },
  'blocks ipvs, too': { target: 'ipvs', services, nodes: busy, finds: 'block' },
  'blocks an image from localhost': {
    target: 'nftables',
    services,
    nodes: quiet,
    pods: [puller],
    finds: 'block',
    says: ['shop/app', 'localhost:30500/shop/app:1'],
  },
  'blocks a registry mirror on localhost': {
    target: 'ipvs',
    services,
    nodes: [
      node({
        metrics: counter(0),
        probe: { localhostMirrors: '/host/etc/containerd/certs.d/r/hosts.toml:server = "http://localhost:30500"\n' },
      }),
    ],
    finds: 'block',
    says: 'hosts.toml',
  },
  'passes node ports that are not on localhost now': {
    target: 'nftables',
    services,
    nodes: busy,
    config: { iptables: { localhostNodePorts: false } },
    finds: 'nothing',
  },
  'blocks packets that the migration would lock out by nodePortAddresses': {
    target: 'nftables',
    services,
    nodes: busy,
    change: { nodePortAddresses: ['10.0.0.0/8'] },
    finds: 'block',
  },
  'passes a node without route_localnet': {
    target: 'nftables',
    services,
    nodes: [old({ probe: { sysctls: '/proc/sys/net/ipv4/conf/all/route_localnet:0\n' } })],
    finds: 'nothing',
  },
  'only warns where 1.37 goes on with it': {
    target: 'nftables',
    services,
    nodes: busy,
    config: {
      featureGates: { KubeProxyNFTablesLocalhostNodePorts: true },
      nodePortAddresses: ['primary', 'localhost'],
    },
    finds: 'warn',
    says: 'for TCP only',
  },
  'only warns where an old kube-proxy does not count': {
    target: 'ipvs',
    services,
    nodes: [old({ probe: { localhostMirrors: '' } })],
    finds: 'warn',
    says: 'v1.28.9 does not count',
  },
  'informs towards iptables': {
    target: 'iptables',
    services,
    nodes: [node({ mode: 'ipvs' })],
    pods: [puller],
    finds: 'info',
  },
  'passes when ipvs is left': { target: 'nftables', services, nodes: [node({ mode: 'ipvs' })], finds: 'nothing' },
  'passes a cluster without node ports': { target: 'nftables', nodes: busy, finds: 'nothing' },
  'does not know a kube-proxy that did not answer': {
    target: 'nftables',
    services,
    nodes: [node({ metrics: unseen('the node does not answer') })],
    finds: 'unknown',
  },
  'does not know an old kube-proxy on a node nobody looked at': {
    target: 'nftables',
    services,
    nodes: [old({ probe: null })],
    finds: 'unknown',
  },
});
