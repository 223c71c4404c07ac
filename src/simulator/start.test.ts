// Both halves together, over HTTP and on a clock that runs fast: what a client with a kubeconfig sees.
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { KubeConfig, PortForward } from '@kubernetes/client-node';
import { duplexPair } from 'node:stream';
import { scaledClock } from 'kopf-ts';
import { afterEach, expect, test } from 'vitest';
import { startSimulator, type Simulator } from './start.ts';

let simulator: Simulator | undefined;
afterEach(async () => {
  await simulator?.close();
  simulator = undefined;
});

type PodList = {
  readonly items: readonly {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly spec: { readonly nodeName: string };
  }[];
};

const PODS = '/api/v1/namespaces/kube-system/pods';
const CONFIG_MAP = '/api/v1/namespaces/kube-system/configmaps/kube-proxy';

async function call<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(`${simulator?.url}${path}`, init);
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

async function podOn(node: string): Promise<PodList['items'][number] | undefined> {
  const { items } = await call<PodList>(`${PODS}?labelSelector=k8s-app%3Dkube-proxy`);
  return items.find((pod) => pod.spec.nodeName === node);
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
  const outgoing = request(
    { path, headers: { Host: 'localhost' }, createConnection: () => stream as Socket },
    (response) => {
      response.setEncoding('utf8');
      let body = '';
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve(body));
    },
  );
  outgoing.on('error', reject);
  outgoing.end();
  return promise;
}

test('edit the ConfigMap, delete the pod by uid, and ask the new one for its mode by port-forward', async () => {
  simulator = await startSimulator({ clock: scaledClock(50), nodes: 3, mode: 'iptables' });
  const before = await podOn('node-2');
  expect(await proxyMode(before?.metadata.name ?? '')).toBe('iptables');

  const configMap = await call<{ data: Record<string, string> }>(CONFIG_MAP);
  const text = configMap.data['config.conf']?.replace('mode: iptables', 'mode: nftables') ?? '';
  const body = JSON.stringify({ data: { 'config.conf': text } });
  await call(CONFIG_MAP, { method: 'PATCH', headers: { 'Content-Type': 'application/merge-patch+json' }, body });
  const preconditions = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: before?.metadata.uid } };
  await call(`${PODS}/${before?.metadata.name}`, {
    method: 'DELETE',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(preconditions),
  });
  await until(() => simulator?.node('node-2').dataplane().mode === 'nftables');

  const after = await podOn('node-2');
  expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
  expect(await proxyMode(after?.metadata.name ?? '')).toBe('nftables');
  expect(simulator.nodes.map((node) => [node.proxyMode(), node.podDeletions])).toEqual([
    ['iptables', 0],
    ['nftables', 1],
    ['iptables', 0],
  ]);
  expect(simulator.node('node-2').darkness().windows).toHaveLength(1);
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
  simulator = await startSimulator({ clock: scaledClock(50), nodes: 1, mode: '', crds: [crd] });
  expect(await call('/apis/example.dev/v1/things')).toMatchObject({ kind: 'ThingList', items: [] });
});

test('closing in the middle of a rollout leaves nothing behind', async () => {
  simulator = await startSimulator({ clock: scaledClock(50), nodes: 5, mode: 'iptables' });
  for (const node of simulator.nodes) {
    const pod = await podOn(node.name);
    await call(`${PODS}/${pod?.metadata.name}`, { method: 'DELETE' });
  }
  await simulator.close();
  expect(simulator.nodes.map((node) => node.proxyMode())).toEqual(Array.from({ length: 5 }));
  simulator = undefined;
});
