// From nothing to a cluster. Starting is always from nothing: what a killed run left behind is reclaimed, not repaired.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { labBin, labtool } from './binaries.ts';
import { makeCertificates } from './certificates.ts';
import { apiServerReady, startApiServer, startControllers, startEtcd } from './control-plane.ts';
import { startForward } from './forward.ts';
import { archives } from './images.ts';
import { hasSynced, installKubeProxy } from './kube-proxy.ts';
import { writeKubeconfig } from './kubeconfig.ts';
import { kubectl } from './kubectl.ts';
import { startKubelet } from './kubelet.ts';
import { startNetwork } from './network.ts';
import { startMachine } from './node.ts';
import { paths, sources, type Place } from './place.ts';
import { freshState } from './reclaim.ts';
import { until } from './until.ts';

export type Shape = {
  readonly nodes: readonly string[];
  /** The mode kube-proxy is installed with. */
  readonly mode: string;
};

export async function bringUp(place: Place, { nodes, mode }: Shape, log: (line: string) => void): Promise<void> {
  await freshState(place);
  await Promise.all([makeCertificates(place, nodes), startNetwork(place, nodes)]);
  await Promise.all([startControlPlane(place), ...nodes.map((node) => startMachine(place, node, nodes))]);
  log('API server ready');
  if (nodes.length === 0) return;
  await startControllers(place);
  for (const node of nodes) await startKubelet(place, node);
  await installKubeProxy(place, mode);
  await kubectl(place, ['create', '-f', '-'], { input: readFileSync(join(sources, 'manifests/echo.yaml'), 'utf8') });
  await nodesReady(place, nodes);
  log('nodes ready');
  await rolledOut(place, 'kube-system', 'kube-proxy');
  await rolledOut(place, 'default', 'echo');
  for (const node of nodes) await until(`rules on ${node}`, () => hasSynced(place, node));
  log('kube-proxy and echo pods running');
}

async function startControlPlane(place: Place): Promise<void> {
  await startEtcd(place);
  await startApiServer(place);
  writeKubeconfig(place, paths.kubeconfig(place), 'admin', `https://${await startForward(place)}`);
  await apiServerReady(place);
}

async function rolledOut(place: Place, namespace: string, daemonSet: string): Promise<void> {
  const status = ['rollout', 'status', `daemonset/${daemonSet}`, '--timeout=120s'];
  await kubectl(place, [...status, `--namespace=${namespace}`]);
}

async function nodesReady(place: Place, nodes: readonly string[]): Promise<void> {
  const objects = nodes.map((node) => `node/${node}`);
  await until('nodes registered', async () => {
    const registered = await kubectl(place, ['get', 'nodes', '--output=name']);
    return objects.every((object) => registered.includes(object));
  });
  // the API server does not let a kubelet give itself this label
  await kubectl(place, ['label', `node/${nodes[0]}`, 'node-role.kubernetes.io/control-plane=']);
  await kubectl(place, ['wait', '--for=condition=Ready', '--timeout=120s', ...objects]);
}

/** What a complete lab is marked with; one with another mark is of another shape, or runs other binaries. */
export function markOf(shape: Shape): string {
  return JSON.stringify({ ...shape, binaries: [labBin, labtool], archives });
}

/** A lab without the mark is a killed run's. */
export function markReady(place: Place, shape: Shape): void {
  writeFileSync(paths.ready(place), markOf(shape));
}
