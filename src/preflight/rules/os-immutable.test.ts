import { unseen } from '../known.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { osImmutable } from './os-immutable.ts';

testRule(osImmutable, {
  'passes Ubuntu': { target: 'nftables', finds: 'nothing' },
  'informs of Talos': {
    target: 'nftables',
    nodes: [node({ osImage: 'Talos (v1.12.0)' })],
    finds: 'info',
    says: ['Talos (v1.12.0)', 'talosctl patch machineconfig'],
  },
  'informs of Bottlerocket, towards ipvs': {
    target: 'ipvs',
    nodes: [node({ osImage: 'Bottlerocket OS 1.49.0 (aws-k8s-1.34)' })],
    finds: 'info',
    says: 'settings.kernel.modules.ip_vs',
  },
  'informs of Flatcar, towards iptables': {
    target: 'iptables',
    nodes: [node({ osImage: 'Flatcar Container Linux by Kinvolk 4230.2.3 (Oklo)' })],
    finds: 'info',
    says: 'Butane',
  },
  'does not know without the nodes': {
    target: 'nftables',
    nodes: unseen('listing nodes is forbidden'),
    finds: 'unknown',
  },
});
