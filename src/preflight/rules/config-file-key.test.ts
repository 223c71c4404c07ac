import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { configFileKey } from './config-file-key.ts';

const eks = daemonSet('kube-proxy', {
  image: 'example/eks/kube-proxy:v1.33.0',
  args: ['kube-proxy', '--config=/var/lib/kube-proxy-config/config'],
});
const mounted = (configMap: string): typeof eks => ({
  ...eks,
  spec: {
    template: {
      spec: {
        hostNetwork: true,
        containers: (eks.spec?.template?.spec?.containers ?? []).map((container) => ({
          ...container,
          volumeMounts: [{ name: 'config', mountPath: '/var/lib/kube-proxy-config/' }],
        })),
        volumes: [{ name: 'config', configMap: { name: configMap } }],
      },
    },
  },
});
const flags = { container: { command: ['kube-proxy', '--proxy-mode=ipvs'] } };

testRule(configFileKey, {
  'passes kubeadm': { target: 'nftables', finds: 'nothing' },
  'passes EKS, whose names are others': {
    target: 'iptables',
    proxy: null,
    daemonSets: [mounted('kube-proxy-config')],
    configMaps: { 'kube-system/kube-proxy-config': { config: 'mode: ""\n' } },
    finds: 'nothing',
  },
  'blocks flags without a file': {
    target: 'nftables',
    proxy: flags,
    finds: 'block',
    says: ['without --config', '--proxy-mode=ipvs', 'name: kube-proxy'],
  },
  'blocks two DaemonSets': {
    target: 'ipvs',
    daemonSets: [daemonSet('kube-proxy-worker', { image: 'example/kube-proxy:v1.36.0' })],
    finds: 'block',
    says: 'Several DaemonSets run kube-proxy',
  },
  'blocks a ConfigMap that is not there': {
    target: 'nftables',
    proxy: null,
    daemonSets: [mounted('gone')],
    finds: 'block',
    says: 'ConfigMap kube-system/gone does not exist',
  },
  'blocks a key that is not there': {
    target: 'nftables',
    proxy: null,
    daemonSets: [mounted('kube-proxy-config')],
    configMaps: { 'kube-system/kube-proxy-config': { kubeconfig: '' } },
    finds: 'block',
    says: 'has no key config (it has kubeconfig)',
  },
  'has nothing to say of processes of the nodes': { target: 'nftables', proxy: null, finds: 'nothing' },
  'does not know a ConfigMap it may not read': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
  },
});
