import { unseen } from '../known.ts';
import { node, notAsked } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { fallbackHidden } from './fallback-hidden.ts';

const build = (version: string): readonly string[] => [`kubernetes_build_info{git_version="${version}"} 1`];
const old = { metrics: build('v1.25.3') };
const ipvs = { mode: 'ipvs' };

testRule(fallbackHidden, {
  'passes a node that runs ipvs': {
    target: 'ipvs',
    config: ipvs,
    nodes: [node({ ...old, mode: 'ipvs' })],
    finds: 'nothing',
  },
  'blocks a node that fell back': {
    target: 'ipvs',
    version: 'v1.25.3',
    config: ipvs,
    nodes: [node({ ...old, probe: { procModules: 'nf_conntrack 200704 2 - Live\n' } })],
    finds: 'block',
    says: [
      'kube-proxy v1.25.3 runs iptables',
      'Not loaded on the node: ip_vs, ip_vs_rr',
      'kubectl -n kube-system logs',
    ],
  },
  'blocks it without having looked at the node': {
    target: 'ipvs',
    config: ipvs,
    nodes: [node({ ...old, mode: 'userspace', probe: null })],
    finds: 'block',
    says: ['runs userspace', 'modprobe -a ip_vs ip_vs_rr ip_vs_wrr ip_vs_sh nf_conntrack'],
  },
  'passes where iptables is what was asked for': { target: 'ipvs', nodes: [node(old)], finds: 'nothing' },
  'passes from 1.26 on, where kube-proxy ends instead': { target: 'ipvs', config: ipvs, finds: 'nothing' },
  'is not asked about other targets': { target: 'nftables', config: ipvs, nodes: [node(old)], finds: 'nothing' },
  'does not know a kube-proxy that does not answer': {
    target: 'ipvs',
    version: 'v1.22.3',
    config: ipvs,
    nodes: [node({ mode: notAsked, metrics: notAsked })],
    finds: 'unknown',
  },
  'does not know without the configuration': {
    target: 'ipvs',
    version: 'v1.22.3',
    config: unseen('reading ConfigMaps is forbidden'),
    nodes: [node(old)],
    finds: 'unknown',
  },
});
