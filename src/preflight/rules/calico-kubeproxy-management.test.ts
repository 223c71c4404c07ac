import { unseen } from '../known.ts';
import { calico, operated } from '../testing/calico.ts';
import { testRule } from '../testing/rule-tests.ts';
import { calicoKubeproxyManagement } from './calico-kubeproxy-management.ts';

const managed = operated('v3.31.0', 'v1.40.0', { kubeProxyManagement: 'Enabled' });

testRule(calicoKubeproxyManagement, {
  'has nothing to say without Calico': { target: 'iptables', finds: 'nothing' },
  'passes Calico by manifest': { target: 'iptables', daemonSets: [calico('v3.31.0')], finds: 'nothing' },
  'passes an operator that leaves kube-proxy alone': {
    target: 'nftables',
    ...operated('v3.31.0', 'v1.40.0', { kubeProxyManagement: 'Disabled' }),
    finds: 'nothing',
  },
  'warns for iptables': {
    target: 'iptables',
    ...managed,
    finds: 'warn',
    says: ['kubeProxyManagement Enabled', '{"spec":{"calicoNetwork":{"kubeProxyManagement":"Disabled"}}}'],
  },
  'warns for ipvs': { target: 'ipvs', ...managed, finds: 'warn' },
  'warns for nftables': { target: 'nftables', ...managed, finds: 'warn' },
  'does not know without the Installation': {
    target: 'nftables',
    ...managed,
    custom: { installations: unseen('listing installations.operator.tigera.io is forbidden') },
    finds: 'unknown',
  },
});
