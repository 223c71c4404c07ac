import { unseen } from '../known.ts';
import { custom, daemonSet } from '../testing/cluster.ts';
import { node, notAsked } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { rollbackCni } from './rollback-cni.ts';

const calico = (
  version: string,
  env: Readonly<Record<string, string>> = {},
): readonly ReturnType<typeof daemonSet>[] => [
  daemonSet('calico-node', { image: `docker.io/calico/node:${version}`, env }),
];

testRule(rollbackCni, {
  'has nothing to say without Calico': { target: 'nftables', finds: 'nothing' },
  'passes Auto, which is the default from 3.32 on': {
    target: 'nftables',
    daemonSets: calico('v3.32.0'),
    finds: 'nothing',
  },
  'passes between iptables and ipvs': { target: 'ipvs', daemonSets: calico('v3.30.2'), finds: 'nothing' },
  'blocks a setting for all nodes': {
    target: 'nftables',
    daemonSets: calico('v3.30.2'),
    finds: 'block',
    says: [
      'Calico 3.30.2 has nftablesMode Disabled (its default) for all nodes',
      'back to iptables',
      'name: node.$NODE',
    ],
  },
  'passes a node that has its own': {
    target: 'nftables',
    daemonSets: calico('v3.30.2'),
    custom: { felixConfigurations: [custom('node.n1', { nftablesMode: 'Enabled' })] },
    finds: 'nothing',
  },
  'blocks a static setting under 3.32': {
    target: 'iptables',
    nodes: [node({ mode: 'nftables' })],
    daemonSets: calico('v3.32.1'),
    custom: { felixConfigurations: [custom('default', { nftablesMode: 'Enabled' })] },
    finds: 'block',
    says: ['nftablesMode Enabled for all nodes', 'back to nftables'],
  },
  'blocks the environment': {
    target: 'ipvs',
    nodes: [node({ mode: 'nftables' })],
    daemonSets: calico('v3.31.0', { FELIX_NFTABLESMODE: 'Enabled' }),
    finds: 'block',
    says: 'set env daemonset/calico-node',
  },
  'leaves what the Tigera operator writes to another rule': {
    target: 'nftables',
    daemonSets: [daemonSet('calico-node', { namespace: 'calico-system', image: 'calico/node:v3.32.0' })],
    custom: {
      installations: [custom('default', { calicoNetwork: { linuxDataplane: 'Iptables' } })],
      felixConfigurations: [custom('default', { nftablesMode: 'Disabled' })],
    },
    finds: 'nothing',
  },
  'leaves 3.28 to another rule': { target: 'nftables', daemonSets: calico('v3.28.2'), finds: 'nothing' },
  'does not know Felix without its configuration': {
    target: 'nftables',
    daemonSets: calico('v3.30.2'),
    custom: { felixConfigurations: unseen('listing felixconfigurations is forbidden') },
    finds: 'unknown',
  },
  'does not know a node whose mode nobody knows': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    nodes: [node({ mode: notAsked })],
    daemonSets: calico('v3.30.2'),
    finds: 'unknown',
  },
});
