import { unseen } from '../known.ts';
import { calico, felix, operated } from '../testing/calico.ts';
import { testRule } from '../testing/rule-tests.ts';
import { calicoBpf } from './calico-bpf.ts';

const daemonSets = [calico('v3.30.0')];

testRule(calicoBpf, {
  'has nothing to say without Calico': { target: 'iptables', finds: 'nothing' },
  'passes an ordinary Calico': {
    target: 'nftables',
    daemonSets,
    ...felix({ default: { bpfEnabled: false } }),
    finds: 'nothing',
  },
  'blocks iptables with the BPF dataplane': {
    target: 'iptables',
    ...operated('v3.30.0', 'v1.38.0', { linuxDataplane: 'BPF' }),
    finds: 'block',
    says: 'linuxDataplane BPF',
  },
  'blocks ipvs with bpfEnabled': {
    target: 'ipvs',
    daemonSets,
    ...felix({ default: { bpfEnabled: true } }),
    finds: 'block',
    says: 'FelixConfiguration default',
  },
  'blocks nftables with bpfEnabled in the environment': {
    target: 'nftables',
    daemonSets: [calico('v3.30.0', { env: { FELIX_BPFENABLED: 'true' } })],
    finds: 'block',
    says: 'environment',
  },
  'passes what the environment switches off': {
    target: 'nftables',
    daemonSets: [calico('v3.30.0', { env: { FELIX_BPFENABLED: 'false' } })],
    ...felix({ default: { bpfEnabled: true } }),
    finds: 'nothing',
  },
  'passes Calico in etcd, which has no BPF': {
    target: 'ipvs',
    daemonSets: [calico('v3.30.0', { env: { ETCD_ENDPOINTS: 'https://10.0.0.1:2379' } })],
    finds: 'nothing',
  },
  'passes Calico by manifest though Installations cannot be listed': {
    target: 'ipvs',
    daemonSets,
    custom: { installations: unseen('listing installations.operator.tigera.io is forbidden') },
    finds: 'nothing',
  },
  'does not know Felix without its configuration': {
    target: 'nftables',
    daemonSets,
    custom: { felixConfigurations: unseen('listing felixconfigurations is forbidden') },
    finds: 'unknown',
  },
});
