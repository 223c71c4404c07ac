import type { Pod } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { hostportIptablesLess } from './hostport-iptables-less.ts';

const pod = (hostNetwork = false): Pod => ({
  metadata: { name: 'edge', namespace: 'shop' },
  spec: { nodeName: 'n1', hostNetwork, containers: [{ name: 'edge', ports: [{ containerPort: 80, hostPort: 80 }] }] },
});
const without = [node({ probe: { hostPrograms: 'nft\nmodprobe\n' } })];

testRule(hostportIptablesLess, {
  'warns of a hostPort without iptables': {
    target: 'nftables',
    nodes: without,
    pods: [pod()],
    finds: 'warn',
    says: 'shop/edge',
  },
  'passes a node with iptables': {
    target: 'nftables',
    nodes: [node({ probe: { hostPrograms: 'nft\niptables\n' } })],
    pods: [pod()],
    finds: 'nothing',
  },
  'passes pods on the host network': { target: 'nftables', nodes: without, pods: [pod(true)], finds: 'nothing' },
  'passes a node without hostPorts': { target: 'nftables', nodes: without, finds: 'nothing' },
  'is not asked for other targets': { target: 'ipvs', nodes: without, pods: [pod()], finds: 'nothing' },
  'does not know a node nobody looked at': {
    target: 'nftables',
    nodes: [node({ probe: null })],
    pods: [pod()],
    finds: 'unknown',
  },
  'does not know without the pods': {
    target: 'nftables',
    nodes: without,
    pods: unseen('listing pods is forbidden'),
    finds: 'unknown',
  },
});
