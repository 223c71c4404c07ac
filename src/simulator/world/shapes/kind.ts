// kind: kubeadm with the sysctls left alone (nodes share the machine's kernel) and its own provider id.
import { kubeadmConfigMap } from './kubeadm-config.ts';
import { clusterConfiguration, kubeadmDaemonSet } from './kubeadm.ts';
import type { Shape, ShapeInput } from './shape.ts';

export function kindShape(input: ShapeInput): Shape {
  const values = {
    'conntrack.maxPerCore': '0',
    'iptables.minSyncPeriod': '1s',
    ...(input.mode === 'nftables' ? { 'conntrack.tcpBeLiberal': 'true' } : {}),
  };
  return {
    configMaps: [
      kubeadmConfigMap(input, values, 'https://kind-control-plane:6443'),
      clusterConfiguration(input.version),
    ],
    daemonSet: kubeadmDaemonSet(`registry.k8s.io/kube-proxy:${input.version}`),
    providerID: (node) => `kind://docker/kind/${node}`,
  };
}
