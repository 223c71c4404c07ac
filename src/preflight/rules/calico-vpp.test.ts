import { unseen } from '../known.ts';
import { calico, operated } from '../testing/calico.ts';
import { daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { calicoVpp } from './calico-vpp.ts';

const operatedByVpp = operated('v3.27.0', 'v1.32.0', { linuxDataplane: 'VPP' });

testRule(calicoVpp, {
  'has nothing to say without Calico': { target: 'iptables', finds: 'nothing' },
  'passes an ordinary Calico': { target: 'nftables', ...operated('v3.30.0', 'v1.38.0'), finds: 'nothing' },
  'blocks iptables': { target: 'iptables', ...operatedByVpp, finds: 'block', says: 'linuxDataplane VPP' },
  'blocks ipvs': { target: 'ipvs', ...operatedByVpp, finds: 'block' },
  'blocks nftables where its DaemonSet is there': {
    target: 'nftables',
    daemonSets: [calico('v3.27.0'), daemonSet('calico-vpp-node', { namespace: 'calico-vpp-dataplane' })],
    finds: 'block',
    says: 'calico-vpp-dataplane/calico-vpp-node',
  },
  'does not know the dataplane without the Installation': {
    target: 'nftables',
    ...operatedByVpp,
    custom: { installations: unseen('listing installations.operator.tigera.io is forbidden') },
    finds: 'unknown',
  },
});
