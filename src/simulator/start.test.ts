// Both halves together, over HTTP and on a clock that runs fast: what a client with a kubeconfig sees.
import { request } from 'node:http';
import { duplexPair, type Duplex } from 'node:stream';
import { KubeConfig, PortForward } from '@kubernetes/client-node';
import { scaledClock } from 'kopf-ts';
import { afterEach, expect, test } from 'vitest';
import { startSimulator, type Simulator, type SimulatorOptions } from './start.ts';

let simulator: Simulator | undefined;
afterEach(async () => {
  await simulator?.close();
  simulator = undefined;
});

async function start(options: Omit<SimulatorOptions, 'clock'>): Promise<Simulator> {
  simulator = await startSimulator({ clock: scaledClock(50), ...options });
  return simulator;
}

type Pod = {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly spec: { readonly nodeName: string };
};

const PODS = '/api/v1/namespaces/kube-system/pods';
const CONFIG_MAP = '/api/v1/namespaces/kube-system/configmaps/kube-proxy';

async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(`${simulator?.url}${path}`, init);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function podOn(node: string): Promise<Pod> {
  const { items } = await call<{ items: readonly Pod[] }>(`${PODS}?labelSelector=k8s-app%3Dkube-proxy`);
  const found = items.find((pod) => pod.spec.nodeName === node);
  if (found === undefined) throw new Error(`no kube-proxy on ${node}`);
  return found;
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await simulator?.clock.sleep(50);
}

/** GET through pods/portforward, as a client does it. */
async function proxyMode(pod: string): Promise<string> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(simulator?.kubeconfig('someone') ?? '');
  const [near, far] = duplexPair();
  await new PortForward(kubeConfig).portForward('kube-system', pod, [10249], far, null, far);
  return get(near, '/proxyMode');
}

function get(stream: Duplex, path: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const outgoing = request({ path, headers: { Host: 'localhost' }, createConnection: () => stream }, (response) => {
    response.setEncoding('utf8');
    let body = '';
    response.on('data', (chunk: string) => {
      body += chunk;
    });
    response.on('end', () => resolve(body));
  });
  outgoing.on('error', reject);
  outgoing.end();
  return promise;
}

async function setMode(mode: string): Promise<void> {
  const { data } = await call<{ data: Record<string, string> }>(CONFIG_MAP);
  const text = (data['config.conf'] ?? '').replace('mode: iptables', `mode: ${mode}`);
  const body = JSON.stringify({ data: { 'config.conf': text } });
  await call(CONFIG_MAP, { method: 'PATCH', headers: { 'Content-Type': 'application/merge-patch+json' }, body });
}

async function deletePod({ metadata: { name, uid } }: Pod): Promise<void> {
  const body = JSON.stringify({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid } });
  await call(`${PODS}/${name}`, { method: 'DELETE', headers: { 'Content-Type': 'application/json' }, body });
}

test('edit the ConfigMap, delete the pod by uid, and ask the new one for its mode by port-forward', async () => {
  const { nodes, node } = await start({ nodes: 3, mode: 'iptables' });
  const before = await podOn('node-2');
  expect(await proxyMode(before.metadata.name)).toBe('iptables');
  await setMode('nftables');
  await deletePod(before);
  await until(() => node('node-2').dataplane().mode === 'nftables');

  const after = await podOn('node-2');
  expect(after.metadata.uid).not.toBe(before.metadata.uid);
  expect(await proxyMode(after.metadata.name)).toBe('nftables');
  expect(nodes.map((one) => [one.proxyMode(), one.podDeletions])).toEqual([
    ['iptables', 0],
    ['nftables', 1],
    ['iptables', 0],
  ]);
  expect(node('node-2').darkness().windows).toHaveLength(1);
});

test('Services, EndpointSlices, Nodes and the DaemonSet are there to be listed', async () => {
  await start({ nodes: 2, mode: 'iptables', services: 5000 });
  const count = async (path: string): Promise<number> => (await call<{ items: unknown[] }>(path)).items.length;
  expect(await count('/api/v1/services')).toBe(100);
  expect(await count('/apis/discovery.k8s.io/v1/endpointslices')).toBe(100);
  expect(await count('/api/v1/nodes')).toBe(2);
  expect(await call('/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy')).toMatchObject({
    status: { desiredNumberScheduled: 2, numberReady: 2, observedGeneration: 1 },
  });
});

test('CustomResourceDefinitions given as YAML are served', async () => {
  const crd = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: things.example.dev }
spec:
  group: example.dev
  scope: Cluster
  names: { plural: things, singular: thing, kind: Thing }
  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }]
`;
  await start({ nodes: 1, mode: '', crds: [crd] });
  expect(await call('/apis/example.dev/v1/things')).toMatchObject({ kind: 'ThingList', items: [] });
});

test('closing in the middle of a rollout leaves nothing behind', async () => {
  const { nodes, close } = await start({ nodes: 5, mode: 'iptables' });
  for (const { name } of nodes) await deletePod(await podOn(name));
  await close();
  simulator = undefined;
  expect(nodes.map((node) => node.proxyMode())).toEqual(Array.from({ length: 5 }));
});
