// kubespray: kubeadm's objects, filled from the inventory: every value spelt out, ipvs settings present whatever the mode.
import { kubeadmConfigMap } from './kubeadm-config.ts';
import { clusterConfiguration, kubeadmDaemonSet } from './kubeadm.ts';
import type { Shape, ShapeInput } from './shape.ts';

const INVENTORY = {
  'clientConnection.burst': '10',
  'clientConnection.contentType': 'application/vnd.kubernetes.protobuf',
  'clientConnection.qps': '5',
  clusterCIDR: '10.233.64.0/18',
  configSyncPeriod: '15m0s',
  'conntrack.maxPerCore': '32768',
  'conntrack.min': '131072',
  'conntrack.tcpCloseWaitTimeout': '1h0m0s',
  'conntrack.tcpEstablishedTimeout': '24h0m0s',
  healthzBindAddress: '0.0.0.0:10256',
  hostnameOverride: 'node1',
  'iptables.masqueradeBit': '14',
  'iptables.syncPeriod': '30s',
  'ipvs.excludeCIDRs': '[]',
  'ipvs.scheduler': 'rr',
  'ipvs.syncPeriod': '30s',
  metricsBindAddress: '127.0.0.1:10249',
  nodePortAddresses: '[]',
  oomScoreAdj: '-999',
} as const;

export function kubesprayShape(input: ShapeInput): Shape {
  return {
    configMaps: [kubeadmConfigMap(input, INVENTORY, 'https://127.0.0.1:6443'), clusterConfiguration(input.version)],
    daemonSet: kubeadmDaemonSet(`registry.k8s.io/kube-proxy:${input.version}`),
  };
}
