import { unseen } from '../known.ts';
import { node, notAsked } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { metricsUnreachable } from './metrics-unreachable.ts';

testRule(metricsUnreachable, {
  'passes a node that answers': { target: 'nftables', finds: 'nothing' },
  'blocks the one that does not': {
    target: 'nftables',
    nodes: [node(), node({ name: 'n2', mode: notAsked })],
    finds: ['block'],
    says: ['the node does not answer', 'port-forward', ' 10249:10249', 'verbs: [get, create]'],
  },
  'blocks one without metrics': {
    target: 'iptables',
    nodes: [node({ metrics: unseen('port 10249 refuses') })],
    finds: 'block',
    says: 'port 10249 refuses',
  },
  'names the configured port': {
    target: 'ipvs',
    config: { metricsBindAddress: '0.0.0.0:9249' },
    nodes: [node({ mode: notAsked })],
    finds: 'block',
    says: [' 9249:9249', '127.0.0.1:9249/proxyMode'],
  },
  'blocks a process of the nodes that is silent': {
    target: 'nftables',
    proxy: null,
    nodes: [node({ hasPod: false }), node({ name: 'n2', hasPod: false, mode: notAsked })],
    finds: ['block'],
    says: 'curl -s http://127.0.0.1:10249/proxyMode',
  },
  'passes a node without kube-proxy': {
    target: 'nftables',
    nodes: [node(), node({ name: 'virtual', hasPod: false, mode: notAsked })],
    finds: 'nothing',
  },
  'leaves NotReady to another rule': {
    target: 'nftables',
    nodes: [node({ ready: false, mode: notAsked })],
    finds: 'nothing',
  },
  'does not know a node nobody asked': { target: 'nftables', nodes: [node({ asked: false })], finds: 'unknown' },
});
