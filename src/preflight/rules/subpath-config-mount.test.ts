import { unseen } from '../known.ts';
import { testRule } from '../testing/rule-tests.ts';
import { subpathConfigMount } from './subpath-config-mount.ts';

const subPath = { subPath: 'config.conf' };

testRule(subpathConfigMount, {
  'passes kubeadm': { target: 'nftables', finds: 'nothing' },
  'warns for nftables': {
    target: 'nftables',
    proxy: subPath,
    finds: 'warn',
    says: ['/var/lib/kube-proxy/config.conf with subPath config.conf', 'mountPath: /var/lib/kube-proxy '],
  },
  'warns for ipvs': { target: 'ipvs', proxy: subPath, finds: 'warn' },
  'warns for iptables': { target: 'iptables', proxy: subPath, finds: 'warn' },
  'has nothing to say of processes of the nodes': { target: 'nftables', proxy: null, finds: 'nothing' },
  'does not know without the DaemonSets': {
    target: 'nftables',
    daemonSets: unseen('listing daemonsets is forbidden'),
    finds: 'unknown',
  },
});
