import { once } from 'node:events';
import { afterEach, expect, test } from 'vitest';
import { CONFIG_MAPS, PODS } from '../types.ts';
import type { Pod } from './pod-objects.ts';
import { testWorld, type TestWorld } from './test-world.ts';

let world: TestWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

function start(...options: Parameters<typeof testWorld>): TestWorld {
  world = testWorld(...options);
  return world;
}

type ContainerStatus = {
  readonly restartCount: number;
  readonly ready: boolean;
  readonly containerID?: string;
  readonly state: Readonly<Record<string, { readonly reason?: string; readonly message?: string }>>;
  readonly lastState: Readonly<Record<string, unknown>>;
};

function containerOf(pod: Pod | undefined): ContainerStatus | undefined {
  return (pod?.status as { containerStatuses?: readonly ContainerStatus[] } | undefined)?.containerStatuses?.[0];
}

const ref = (pod: Pod | undefined): { namespace: string; name: string } => ({
  namespace: 'kube-system',
  name: pod?.metadata.name ?? '',
});

test('a pod goes from Pending over ContainerCreating to Running', async () => {
  const { clock, pods, deletePods, store } = start();
  const seen: (string | undefined)[] = [];
  const [old] = pods('node-1');
  const unsubscribe = store.subscribe(({ resource, object, type }) => {
    if (resource !== PODS || object.metadata.uid === old?.metadata.uid) return;
    const pod = object as unknown as Pod;
    seen.push(`${type} ${pod.status?.phase} ${Object.keys(containerOf(pod)?.state ?? {}).join()}`);
  });
  deletePods('node-1');
  await clock.advance(10_000);
  unsubscribe();
  expect(seen).toEqual(['ADDED Pending ', 'MODIFIED Pending waiting', 'MODIFIED Running running']);
  expect(pods('node-1')[0]?.status).toMatchObject({
    hostIP: '10.0.0.10',
    podIP: '10.0.0.10',
    startTime: expect.any(String),
  });
});

test('a crash-looping container waits longer and longer, and tells its exit code and its last words', async () => {
  const { clock, pods, setMode, deletePods, backend } = start({
    nodes: [{ name: 'a', cannotRun: { nftables: 'no-nft' } }],
  });
  setMode('nftables');
  deletePods('a');
  const restarts: number[] = [];
  for (const after of [5000, 10_000, 20_000, 40_000, 80_000]) {
    await clock.advance(after);
    restarts.push(containerOf(pods('a')[0])?.restartCount ?? -1);
  }
  expect(restarts).toEqual([1, 2, 3, 4, 5]);
  const [pod] = pods('a');
  expect(pod?.status?.phase).toBe('Running');
  expect(containerOf(pod)).toMatchObject({
    ready: false,
    state: {
      waiting: {
        reason: 'CrashLoopBackOff',
        message: `back-off 2m40s restarting failed container=kube-proxy pod=${pod?.metadata.name}_kube-system(${pod?.metadata.uid})`,
      },
    },
    lastState: {
      terminated: { exitCode: 1, reason: 'Error', containerID: expect.stringMatching(/^containerd:\/\/[0-9a-f]{64}$/) },
    },
  });
  expect(backend.log(ref(pod), { previous: true, tailLines: 1 })).toMatch(
    /^E1122 .*"command failed" err="unable to create proxier/,
  );
  expect(backend.log(ref(pod), { previous: false, tailLines: 1 })).toBe(
    backend.log(ref(pod), { previous: true, tailLines: 1 }),
  );
});

test('memory that runs out before the first sync is told as such', async () => {
  const { clock, pods, deletePods } = start({ nodes: [{ name: 'a' }] });
  world?.node('a').cannotRun('iptables', 'out-of-memory');
  deletePods('a');
  await clock.advance(8000);
  expect(containerOf(pods('a')[0])?.lastState).toMatchObject({ terminated: { exitCode: 137, reason: 'OOMKilled' } });
});

test('logs that are not there are refused in the words of a kubelet', async () => {
  const { clock, pods, deletePods, backend } = start();
  const [pod] = pods('node-1');
  expect(backend.log(ref(pod), { previous: false })).toContain('"Using iptables Proxier"');
  expect(() => backend.log(ref(pod), { previous: true })).toThrow(
    `previous terminated container "kube-proxy" in pod "${pod?.metadata.name}" not found`,
  );
  expect(() => backend.log(ref(pod), { previous: false, container: 'other' })).toThrow(
    'container other is not valid for pod',
  );
  expect(() => backend.log({ namespace: 'kube-system', name: 'nobody' }, { previous: false })).toThrow(
    'pods "nobody" not found',
  );
  deletePods('node-1');
  await clock.until(() => pods('node-1')[0]?.status?.phase === 'Pending');
  const [young] = pods('node-1');
  expect(() => backend.log(ref(young), { previous: false })).toThrow('is waiting to start: ContainerCreating');
  await expect(backend.dial(ref(young), 10249)).rejects.toThrow(
    `pod not found ("${young?.metadata.name}_kube-system")`,
  );
});

test('without its ConfigMap a new pod waits, and starts once it is there', async () => {
  const { clock, pods, node, deletePods, store } = start();
  const name = { namespace: 'kube-system', name: 'kube-proxy' };
  const saved = store.get(CONFIG_MAPS, name);
  store.remove(CONFIG_MAPS, name);
  deletePods('node-1');
  await clock.advance(60_000);
  expect(containerOf(pods('node-1')[0])?.state).toEqual({ waiting: { reason: 'ContainerCreating' } });
  store.create(CONFIG_MAPS, { metadata: name, data: saved?.['data'] } as Parameters<typeof store.create>[1]);
  await clock.until(() => node('node-1').dataplane().synced);
  expect(node('node-1').proxyMode()).toBe('iptables');
});

test('without its key kube-proxy starts and ends', async () => {
  const { clock, pods, node, deletePods, store, backend } = start();
  store.update(
    CONFIG_MAPS,
    { namespace: 'kube-system', name: 'kube-proxy' },
    (map) => ({ ...map, data: {} }) as typeof map,
  );
  deletePods('node-1');
  await clock.advance(5000);
  expect(backend.log(ref(pods('node-1')[0]), { previous: true })).toContain(
    'err="failed complete: open /var/lib/kube-proxy/config.conf: no such file or directory"',
  );
  expect(node('node-1').dataplane()).toMatchObject({ mode: 'iptables', frozen: true });
});

test('a connection breaks when its process ends', async () => {
  const { clock, pods, deletePods, backend } = start();
  const stream = await backend.dial(ref(pods('node-1')[0]), 10249);
  const closed = once(stream, 'close');
  deletePods('node-1');
  await clock.advance(150);
  await closed;
  expect(stream.destroyed).toBe(true);
});

test('a connection serves one request after the other', async () => {
  const { pods, backend } = start();
  const stream = await backend.dial(ref(pods('node-1')[0]), 10249);
  stream.setEncoding('utf8');
  for (const path of ['/proxyMode', '/healthz']) {
    stream.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const [answer] = (await once(stream, 'data')) as [string];
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain('Connection: keep-alive');
  }
  stream.destroy();
});

test('a pod removed by force is ended all the same, and its successor does not wait for it', async () => {
  const { clock, pods, node, store } = start();
  const [pod] = pods('node-1');
  store.remove(PODS, ref(pod), { force: true });
  await clock.until(() => node('node-1').dataplane().synced && pods('node-1')[0]?.metadata.uid !== pod?.metadata.uid);
  expect(node('node-1').history.map(({ what }) => what)).toEqual([
    'synced',
    'podGone',
    'podDeleted',
    'podCreated',
    'processEnded',
    'processStarted',
    'rulesCleaned',
    'synced',
  ]);
  expect(node('node-1').podDeletions).toBe(1);
});
