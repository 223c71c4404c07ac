import { unseen } from '../known.ts';
import { node, notAsked } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { rollbackModeStillValid } from './rollback-mode-still-valid.ts';

testRule(rollbackModeStillValid, {
  'passes iptables on an ordinary node': { target: 'nftables', finds: 'nothing' },
  'passes a node that is in the target mode': {
    target: 'ipvs',
    version: 'v1.40.0',
    nodes: [node({ mode: 'ipvs' })],
    finds: 'nothing',
  },
  'blocks leaving ipvs from 1.40 on': {
    target: 'nftables',
    version: 'v1.40.1',
    nodes: [node({ mode: 'ipvs' })],
    finds: 'block',
    says: ['The node runs ipvs', 'KubeProxyIPVS'],
  },
  'passes ipvs whose gate is on': {
    target: 'nftables',
    version: 'v1.40.1',
    config: { featureGates: { KubeProxyIPVS: true } },
    nodes: [node({ mode: 'ipvs' })],
    finds: 'nothing',
  },
  'blocks leaving iptables on RHEL 10': {
    target: 'nftables',
    nodes: [node({ osImage: 'AlmaLinux 10.0 (Purple Lion)' })],
    finds: 'block',
    says: 'AlmaLinux 10.0',
  },
  'blocks leaving userspace': {
    target: 'iptables',
    nodes: [node({ mode: 'userspace' })],
    finds: 'block',
    says: 'userspace',
  },
  'does not know a node that neither answers nor has a readable configuration': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    nodes: [node({ mode: notAsked })],
    finds: 'unknown',
  },
});
