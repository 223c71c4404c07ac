import { unseen } from '../known.ts';
import { testRule } from '../testing/rule-tests.ts';
import { obsoleteFeatureGate } from './obsolete-feature-gate.ts';

testRule(obsoleteFeatureGate, {
  'passes kubeadm': { target: 'nftables', finds: 'nothing' },
  'passes a gate of today': {
    target: 'nftables',
    config: { featureGates: { NFTablesProxyMode: true, KubeProxyIPVS: true } },
    finds: 'nothing',
  },
  'warns of the gate of old guides': {
    target: 'ipvs',
    config: { featureGates: { SupportIPVSProxyMode: true } },
    finds: 'warn',
    says: 'SupportIPVSProxyMode',
  },
  'warns of one among the flags': {
    target: 'ipvs',
    proxy: { args: ['--feature-gates=SupportIPVSProxyMode=true,NFTablesProxyMode=true'] },
    finds: 'warn',
    says: '--feature-gates SupportIPVSProxyMode',
  },
  'warns of a gate from the version on that lacks it': {
    target: 'iptables',
    version: 'v1.33.1',
    config: { featureGates: { KubeProxyDrainingTerminatingNodes: true } },
    finds: 'warn',
  },
  'passes it before': {
    target: 'nftables',
    version: 'v1.32.1',
    config: { featureGates: { KubeProxyDrainingTerminatingNodes: true } },
    finds: 'nothing',
  },
  'reads the file of a systemd unit': {
    target: 'nftables',
    proxy: null,
    fileOnNodes:
      'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nfeatureGates:\n  SupportIPVSProxyMode: true\n',
    finds: 'warn',
  },
  'does not know what it may not read': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
  },
});
