// What this folder's scenario tests share: a world on a bare store, on a clock that stands still until it is moved.
import { request } from 'node:http';
import type { Duplex } from 'node:stream';
import { createStore } from '../apiserver/store.ts';
import { CONFIG_MAPS, PODS, type Store } from '../types.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { nodeNameOf, type ConfigMap, type Pod } from './pod-objects.ts';
import { startWorld, type World, type WorldOptions } from './world.ts';

export type TestWorld = World & {
  readonly clock: FakeClock;
  readonly store: Store;
  /** Rewrites the line `mode:` of kubeadm's ConfigMap. */
  setMode(mode: string): void;
  pods(node: string): readonly Pod[];
  /** Deletes the node's pods gracefully, as the operator would. */
  deletePods(node: string): void;
  /** GET to a port of the node's first pod, through the backend. */
  get(
    node: string,
    port: number,
    path: string,
  ): Promise<{ readonly status: number; readonly type: string; readonly body: string }>;
};

const KUBE_PROXY = { namespace: 'kube-system', name: 'kube-proxy' };

export function testWorld(options: Partial<WorldOptions> = {}): TestWorld {
  const clock = createFakeClock();
  const store = createStore({ clock });
  const world = startWorld(store, { nodes: 1, mode: 'iptables', ...options });
  const pods = (node: string): readonly Pod[] =>
    (store.list(PODS, 'kube-system') as unknown as readonly Pod[]).filter((pod) => nodeNameOf(pod) === node);
  return {
    ...world,
    backend: world.backend,
    nodes: world.nodes,
    node: (name) => world.node(name),
    close: () => world.close(),
    clock,
    store,
    pods,
    setMode(mode) {
      store.update(CONFIG_MAPS, KUBE_PROXY, (configMap) => withMode(configMap, mode));
    },
    deletePods(node) {
      for (const pod of pods(node)) store.remove(PODS, { namespace: 'kube-system', name: pod.metadata.name });
    },
    async get(node, port, path) {
      const [pod] = pods(node);
      if (pod === undefined) throw new Error(`no pod on ${node}`);
      const stream = await world.backend.dial({ namespace: 'kube-system', name: pod.metadata.name }, port);
      return fetchOver(stream, path);
    },
  };
}

function withMode(configMap: ConfigMap, mode: string): ConfigMap {
  const text = configMap.data?.['config.conf'] ?? '';
  return {
    ...configMap,
    data: { ...configMap.data, 'config.conf': text.replace(/^mode:.*$/m, `mode: ${mode === '' ? '""' : mode}`) },
  };
}

type Answer = Awaited<ReturnType<TestWorld['get']>>;

function fetchOver(stream: Duplex, path: string): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request({ path, headers: { Host: 'localhost' }, createConnection: () => stream }, (response) => {
    let body = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      body += chunk;
    });
    response.on('end', () =>
      resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', body }),
    );
  });
  outgoing.on('error', reject);
  outgoing.end();
  return promise;
}
