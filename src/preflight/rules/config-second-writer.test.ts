import { unseen } from '../known.ts';
import { testRule } from '../testing/rule-tests.ts';
import { configSecondWriter } from './config-second-writer.ts';

testRule(configSecondWriter, {
  'passes kubeadm': { target: 'nftables', finds: 'nothing' },
  'blocks a DaemonSet that Argo CD tracks': {
    target: 'nftables',
    proxy: { annotations: { 'argocd.argoproj.io/tracking-id': 'proxy:apps/DaemonSet:kube-system/kube-proxy' } },
    finds: 'block',
    says: ['Argo CD', 'proxy:apps/DaemonSet:kube-system/kube-proxy', 'ignoreDifferences'],
  },
  'blocks a DaemonSet of the addon manager': {
    target: 'ipvs',
    proxy: { labels: { 'addonmanager.kubernetes.io/mode': 'Reconcile' } },
    finds: 'block',
    says: 'addonmanager.kubernetes.io/mode=Reconcile',
  },
  'blocks a ConfigMap with a manager that comes back': {
    target: 'iptables',
    proxy: { configMap: { managedFields: [{ manager: 'kustomize-controller', operation: 'Apply' }] } },
    finds: 'block',
    says: 'ConfigMap kube-proxy is written by kustomize-controller',
  },
  'has nothing to say without a DaemonSet': { target: 'nftables', proxy: null, finds: 'nothing' },
  'does not know what it cannot read': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
    says: 'reading ConfigMaps is forbidden',
  },
});
