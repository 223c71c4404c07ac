// The kubelet of a node.
import { writeFileSync } from 'node:fs';
import { cgroupOf, makeCgroups } from './cgroups.ts';
import { startDaemon, stopDaemon } from './daemon.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { apiServerInside, nodeAddress } from './network.ts';
import { inNode } from './node-namespaces.ts';
import { paths, type Place } from './place.ts';

const never = {
  'memory.available': '0%',
  'nodefs.available': '0%',
  'nodefs.inodesFree': '0%',
  'imagefs.available': '0%',
};

const configuration = (place: Place, node: string): object => ({
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  kind: 'KubeletConfiguration',
  containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
  authentication: {
    anonymous: { enabled: false },
    webhook: { enabled: true },
    x509: { clientCAFile: paths.pki(place, 'ca.crt') },
  },
  authorization: { mode: 'Webhook' },
  // all nodes share the machine's kernel and its tree of control groups, whichever version it has
  failCgroupV1: false,
  cgroupDriver: 'cgroupfs',
  cgroupRoot: `/${cgroupOf(place, node)}`,
  enforceNodeAllocatable: [],
  failSwapOn: false,
  // the machine's disk is not the lab's to guard
  evictionHard: never,
  imageGCHighThresholdPercent: 100,
  localStorageCapacityIsolation: false,
  resolvConf: '',
  clusterDomain: 'cluster.local',
  // a dead node is to be noticed within a test's patience: signs of life every 2 s (a quarter of this), and a full one every 5
  nodeLeaseDurationSeconds: 8,
  nodeStatusUpdateFrequency: '5s',
  volumePluginDir: '/var/lib/kubelet/volumeplugins',
});

const role = (node: string): string => `kubelet-${node}`;

export async function startKubelet(place: Place, node: string): Promise<void> {
  makeCgroups(place, node);
  const config = paths.node(place, node, 'kubelet.json');
  const kubeconfig = paths.node(place, node, 'kubeconfig');
  writeFileSync(config, JSON.stringify(configuration(place, node), undefined, 2));
  writeKubeconfig(place, kubeconfig, node, apiServerInside);
  const who = [`--hostname-override=${node}`, `--node-ip=${nodeAddress(node)}`];
  const command = ['kubelet', `--config=${config}`, `--kubeconfig=${kubeconfig}`, ...who];
  await startDaemon(place, role(node), inNode(place, node, command));
}

export async function stopKubelet(place: Place, node: string): Promise<void> {
  await stopDaemon(place, role(node));
}
