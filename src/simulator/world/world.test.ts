import { afterEach, expect, test } from 'vitest';
import { DAEMON_SETS, NODES } from '../types.ts';
import { isReady, type Pod } from './pod-objects.ts';
import { testWorld, type TestWorld } from './test-world.ts';
import type { WorldOptions } from './world.ts';

let world: TestWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

function start(options: Partial<WorldOptions> = {}): TestWorld {
  world = testWorld(options);
  return world;
}

test('a cluster starts with everything running, synced and serving', async () => {
  const { node, pods, store, get } = start({ nodes: 3 });
  expect(pods('node-2').map(isReady)).toEqual([true]);
  expect(node('node-2').dataplane()).toEqual({
    mode: 'iptables',
    present: ['iptables'],
    synced: true,
    frozen: false,
    dark: false,
  });
  expect(store.get(DAEMON_SETS, { namespace: 'kube-system', name: 'kube-proxy' })?.['status']).toMatchObject({
    desiredNumberScheduled: 3,
    numberReady: 3,
    updatedNumberScheduled: 3,
  });
  expect(await get('node-2', 10249, '/proxyMode')).toEqual({
    status: 200,
    type: 'text/plain; charset=utf-8',
    body: 'iptables',
  });
});

test('a deleted pod is replaced, and the new one runs the mode that was edited a moment before', async () => {
  const { node, pods, clock, setMode, deletePods, get } = start();
  const [before] = pods('node-1');
  setMode('nftables');
  deletePods('node-1');
  const deletedAt = clock.now();
  await clock.until(() => node('node-1').dataplane().mode === 'nftables');
  expect(clock.now() - deletedAt).toBeGreaterThan(1000);
  expect(clock.now() - deletedAt).toBeLessThan(2000);
  const [after] = pods('node-1');
  expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
  expect((await get('node-1', 10249, '/proxyMode')).body).toBe('nftables');
  expect(node('node-1').podDeletions).toBe(1);
  const { windows, total } = node('node-1').darkness();
  expect(windows).toHaveLength(1);
  expect(total).toBeGreaterThan(400);
  expect(total).toBeLessThan(900);
});

test('iptables to ipvs deletes nothing, so nothing goes dark', async () => {
  const { node, clock, setMode, deletePods } = start();
  setMode('ipvs');
  deletePods('node-1');
  await clock.until(() => node('node-1').dataplane().mode === 'ipvs');
  expect(node('node-1').darkness()).toEqual({ windows: [], total: 0 });
  expect(node('node-1').dataplane().present).toEqual(['iptables', 'ipvs']);
});

test('a node that cannot run nftables goes dark and stays dark, its pod in CrashLoopBackOff, until the mode is given back', async () => {
  const { node, clock, pods, setMode, deletePods, backend } = start({
    nodes: [{ name: 'old', cannotRun: { nftables: 'no-nft' } }],
  });
  setMode('nftables');
  deletePods('old');
  await clock.until(() => waitingFor(pods('old')[0]) === 'CrashLoopBackOff');
  expect(node('old').dataplane()).toEqual({ mode: undefined, present: [], synced: false, frozen: false, dark: true });
  expect(node('old').proxyMode()).toBeUndefined();
  const pod = { namespace: 'kube-system', name: pods('old')[0]?.metadata.name ?? '' };
  expect(backend.log(pod, { previous: true })).toContain(
    'err="unable to create proxier: unable to create ipv4 proxier: could not find nftables binary: exec: \\"nft\\": executable file not found in $PATH"',
  );
  await expect(backend.dial(pod, 10249)).rejects.toThrow('connect: connection refused');
  setMode('iptables');
  deletePods('old');
  await clock.until(() => node('old').dataplane().mode === 'iptables');
  expect(node('old').dataplane().dark).toBe(false);
  expect(node('old').podDeletions).toBe(2);
});

test('nftables to an ipvs the node cannot run deletes the nft tables all the same', async () => {
  const { node, clock, setMode, deletePods } = start({
    mode: 'nftables',
    nodes: [{ name: 'a', cannotRun: { ipvs: 'no-ipvs' } }],
  });
  setMode('ipvs');
  deletePods('a');
  await clock.advance(20_000);
  expect(node('a').dataplane()).toMatchObject({ mode: undefined, dark: true });
  expect(node('a').darkness().windows).toEqual([
    { from: expect.any(Number), reason: 'ipvs deleted the rules of nftables' },
  ]);
});

test('a node that cannot run ipvs keeps its iptables rules, frozen', async () => {
  const { node, clock, setMode, deletePods } = start({ nodes: [{ name: 'a', cannotRun: { ipvs: 'no-ipvs' } }] });
  setMode('ipvs');
  deletePods('a');
  await clock.advance(20_000);
  expect(node('a').dataplane()).toEqual({
    mode: 'iptables',
    present: ['iptables'],
    synced: false,
    frozen: true,
    dark: false,
  });
});

test('up to 1.25 an unusable ipvs becomes iptables, and /proxyMode says so', async () => {
  const { node, clock, setMode, deletePods, backend, pods } = start({
    version: 'v1.25.16',
    nodes: [{ name: 'a', cannotRun: { ipvs: 'no-ipvs' } }],
  });
  setMode('ipvs');
  deletePods('a');
  await clock.advance(20_000);
  expect(node('a').proxyMode()).toBe('iptables');
  expect(node('a').dataplane()).toMatchObject({ mode: 'iptables', synced: true });
  expect(
    backend.log({ namespace: 'kube-system', name: pods('a')[0]?.metadata.name ?? '' }, { previous: false }),
  ).toContain("Can't use the IPVS proxier:");
});

test('an invalid mode ends kube-proxy before it cleans anything', async () => {
  const { node, clock, setMode, deletePods, pods, backend } = start();
  setMode('nftablez');
  deletePods('node-1');
  await clock.advance(5000);
  expect(node('node-1').dataplane()).toMatchObject({ mode: 'iptables', frozen: true, dark: false });
  expect(
    backend.log({ namespace: 'kube-system', name: pods('node-1')[0]?.metadata.name ?? '' }, { previous: true }),
  ).toContain(
    'Invalid value: \\"nftablez\\": must be iptables, ipvs, nftables or blank (blank means the best-available proxy [currently iptables])',
  );
});

test('a container restart picks the edited mode up only once the projected file is refreshed', async () => {
  const { node, clock, pods, setMode } = start();
  await clock.advance(120_000);
  setMode('nftables');
  const sim = node('node-1');
  sim.restartKubeProxy();
  await clock.until(() => sim.dataplane().synced);
  expect(sim.proxyMode()).toBe('iptables');
  await clock.advance(60_000);
  expect(sim.proxyMode()).toBe('iptables');
  sim.restartKubeProxy();
  await clock.until(() => sim.dataplane().synced);
  expect(sim.proxyMode()).toBe('nftables');
  expect(pods('node-1')[0]).toMatchObject({
    status: {
      containerStatuses: [{ restartCount: 2, lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } } }],
    },
  });
  expect(sim.podDeletions).toBe(0);
});

test('on a node whose kubelet is silent nothing moves, and a deletion hangs until it is back', async () => {
  const { node, clock, pods, store, deletePods, setMode, backend } = start({ nodes: 2 });
  node('node-1').setReady(false);
  expect(JSON.stringify(store.get(NODES, { name: 'node-1' }))).toContain('"status":"Unknown"');
  expect(pods('node-1').map(isReady)).toEqual([false]);
  setMode('nftables');
  const [pod] = pods('node-1');
  deletePods('node-1');
  await clock.advance(300_000);
  expect(pods('node-1').map((one) => one.metadata.uid)).toEqual([pod?.metadata.uid]);
  expect(pods('node-1')[0]?.metadata.deletionTimestamp).toBeDefined();
  expect(node('node-1').proxyMode()).toBe('iptables');
  await expect(backend.dial({ namespace: 'kube-system', name: pod?.metadata.name ?? '' }, 10249)).rejects.toThrow(
    ':10250: connect: connection refused',
  );
  node('node-1').setReady(true);
  await clock.until(() => node('node-1').proxyMode() === 'nftables');
  expect(pods('node-1')[0]?.metadata.uid).not.toBe(pod?.metadata.uid);
});

test('a node that rejoins under its name is a fresh machine with a new pod', async () => {
  const { node, clock, pods, store } = start({ nodes: 2 });
  const uid = store.get(NODES, { name: 'node-2' })?.metadata.uid;
  node('node-2').remove();
  await clock.advance(1000);
  expect(pods('node-2')).toEqual([]);
  expect(node('node-2').dataplane().mode).toBeUndefined();
  node('node-2').rejoin();
  await clock.until(() => node('node-2').dataplane().synced);
  expect(store.get(NODES, { name: 'node-2' })?.metadata.uid).not.toBe(uid);
  expect(node('node-2').podDeletions).toBe(0);
});

test('nftables without FIB starts, answers, never syncs and counts its failures, until the kernel is repaired', async () => {
  const { node, clock, setMode, deletePods, get } = start({
    nodes: [{ name: 'a', cannotRun: { nftables: 'no-fib' } }],
  });
  setMode('nftables');
  deletePods('a');
  await clock.advance(65_000);
  expect(node('a').proxyMode()).toBe('nftables');
  expect(node('a').dataplane()).toMatchObject({ mode: undefined, dark: true });
  const metrics = (await get('a', 10249, '/metrics')).body;
  expect(metrics).toContain('kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family="IPv4"} 3\n');
  expect(metrics).not.toContain('last_timestamp_seconds');
  expect((await get('a', 10256, '/healthz')).status).toBe(200);
  node('a').cannotRun('nftables', undefined);
  await clock.advance(40_000);
  expect(node('a').dataplane()).toMatchObject({ mode: 'nftables', synced: true, dark: false });
});

function waitingFor(pod: Pod | undefined): string | undefined {
  const status = pod?.status as
    | { containerStatuses?: readonly { state: { waiting?: { reason: string } } }[] }
    | undefined;
  return status?.containerStatuses?.[0]?.state.waiting?.reason;
}
