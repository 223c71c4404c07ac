import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  connect,
  createOperator,
  scaledClock,
  type Client,
  type KubeObject,
  type Log,
  type Ref,
  type Resource,
} from 'kopf-ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { until } from '../kopf-ts/testing/until.ts';
import { helperPod, PODS, type HelperPod } from '../node/helper-pod.ts';
import { OWN_DIRECTORIES } from '../node/own-files.ts';
import { generateKey, startSshServer } from '../node/testing/ssh-server.ts';
import type { TrialTask } from '../rollout/trial-task.ts';
import { startSimulator, type Simulator } from '../simulator/start.ts';
import { CONFIG_MAPS } from '../simulator/types.ts';
import { SharedHelperWatch } from './helper-watch.ts';
import { createNodeAccess, type NodeAccess, type Present } from './node-access.ts';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const clock = scaledClock(20);
const NAMESPACE = 'default';
const IMAGE = 'registry.k8s.io/kube-proxy:v1.36.3';
const SOON = { timeout: 5000 };
const TRIAL: TrialTask = {
  id: 't',
  node: 'node-1',
  since: 0,
  mode: 'ipvs',
  image: IMAGE,
  config: '',
  families: [],
  timeout: 60_000,
};

type World = {
  readonly simulator: Simulator;
  readonly client: Client;
  readonly access: NodeAccess;
  /** Another operator's, of the same migration. */
  another(): NodeAccess;
  /** What the nodes are thought to have. */
  readonly images: Map<string, string>;
  /** Helper pods, in the order in which they were made. */
  readonly made: readonly string[];
  /** How many of them nobody has removed. */
  left(): number;
  idle(): Promise<void>;
};

/** The simulated API server knows no Secrets. */
function knowing(client: Client, data: Readonly<Record<string, string>>): Client {
  const secret = { metadata: { name: 'key' }, data } as KubeObject;
  const get = (resource: Resource, ref: Ref): Promise<KubeObject | undefined> =>
    resource.plural === 'secrets' ? Promise.resolve(secret) : client.get(resource, ref);
  return { ...client, get: get as Client['get'] };
}

async function start(nodeAccess: object = { type: 'Pod' }, secret = {}): Promise<World> {
  const simulator = await startSimulator({ clock, nodes: 2, mode: 'iptables' });
  const stop = new AbortController();
  const program = 'proxymode';
  const kubeConfig = simulator.kubeconfig(program);
  const connection = connect({ kubeConfig, fieldManager: program, userAgent: program, clock, log: quiet });
  const operator = createOperator({ name: program, connection, clock, log: quiet });
  const running = operator.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await running;
    await connection.close();
    await simulator.close();
  });
  const client = knowing(connection.client, secret);
  const helpers = new SharedHelperWatch(operator, NAMESPACE);
  const { metadata } = await client.create(CONFIG_MAPS, { metadata: { name: 'owner', namespace: NAMESPACE } });
  const images = new Map<string, string>();
  const present = (): Present =>
    ({
      spec: { nodeAccess },
      owner: { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: metadata.uid ?? '' },
      imageOf: (node: string) => images.get(node) ?? IMAGE,
      kernelOf: () => '6.1.0-31-amd64',
      addressOf: () => '127.0.0.1',
    }) as unknown as Present;
  const made: string[] = [];
  simulator.store.subscribe(({ type, resource, object }) => {
    const { name, namespace } = object.metadata;
    if (type !== 'ADDED' || resource.plural !== 'pods' || namespace !== NAMESPACE) return;
    made.push(name.replace(/-[0-9a-f]{12}$/, ''));
  });
  let marks = 0;
  const mark = (): string => `mark${++marks}x${'0'.repeat(20)}`;
  const make = (): NodeAccess =>
    createNodeAccess({ client, clock, log: quiet, namespace: NAMESPACE, helpers, mark, present });
  const access = make();
  return {
    simulator,
    client,
    access,
    another: make,
    images,
    idle: () => helpers.idle(),
    made,
    left: () =>
      simulator.store
        .list(PODS, NAMESPACE)
        .filter(({ metadata: { deletionTimestamp } }) => deletionTimestamp === undefined).length,
  };
}

/** A machine that is busy lets a pod's start take longer than a stream waits for it. */
async function opened(dial: () => Promise<Duplex>): Promise<Duplex> {
  for (;;) {
    try {
      return await dial();
    } catch (error) {
      if (!/does not run after/.test(String(error))) throw error;
    }
  }
}

async function modeAt(stream: Duplex): Promise<string> {
  stream.write('GET /proxyMode HTTP/1.0\r\nHost: localhost\r\n\r\n');
  return (await text(stream)).split('\r\n\r\n')[1] ?? '';
}

describe('through a helper pod', () => {
  const through = ({ access }: World, node: string, door: 'first' | 'later'): Promise<Duplex> =>
    opened(() => access.dial(node, 10249, { ...SOON, door }));

  it('kube-proxy is asked without a request among the system’s pods, and then the node is looked at', async () => {
    const world = await start();
    const { access, simulator, made } = world;
    expect(await modeAt(await through(world, 'node-1', 'first'))).toBe('iptables');
    const outputs = await access.inspect('node-1', new AbortController().signal);
    expect(outputs?.outputs['procModules']).toMatchObject({ known: true });
    expect(made).toEqual(['proxymode-inspect']);
    const streams = simulator.requests.entries.filter(({ subresource }) => subresource === 'portforward');
    expect(new Set(streams.map(({ namespace }) => namespace))).toEqual(new Set([NAMESPACE]));
  });

  it('later ones go through one that sees no file, unless the other still runs', async () => {
    const world = await start();
    await through(world, 'node-1', 'first');
    for (const node of ['node-1', 'node-2']) await modeAt(await through(world, node, 'later'));
    expect(world.made).toEqual(['proxymode-inspect', 'proxymode-reach']);
  });

  it('the new mode is tried in one of its own, with the image of kube-proxy, and not on the node’s network', async () => {
    const { access, client, made } = await start({ type: 'Pod', image: 'tools:1' });
    const shell = await access.openTrial(TRIAL);
    await shell.portForwardTarget();
    expect(made).toEqual(['proxymode-trial']);
    const [pod] = (await client.list(PODS, { namespace: NAMESPACE })).items;
    expect(pod?.spec).toMatchObject({ nodeName: 'node-1', hostNetwork: false, activeDeadlineSeconds: 360 });
    expect(pod?.spec?.containers).toMatchObject([{ image: IMAGE, securityContext: { privileged: true } }]);
    await shell.close();
  });

  it('a trial has no pod in which another was made, though it wants the same', async () => {
    const { access, made } = await start();
    for (const id of ['first', 'again']) {
      const shell = await access.openTrial({ ...TRIAL, id });
      await shell.portForwardTarget();
      // Not waited for: the next one may be as quick as it likes.
      void shell.close();
    }
    expect(made).toEqual(['proxymode-trial', 'proxymode-trial']);
  });

  it.each([
    ['iptables', true],
    ['ipvs', true],
    ['nftables', false],
  ] as const)('a trial of %s is privileged: %s', async (mode, privileged) => {
    const { access, client } = await start();
    const shell = await access.openTrial({ ...TRIAL, mode });
    await shell.portForwardTarget();
    const [pod] = (await client.list(PODS, { namespace: NAMESPACE })).items;
    expect(pod?.spec?.containers).toMatchObject([{ securityContext: { privileged } }]);
    await shell.close();
  });

  it.each([
    ['lasts sees those directories of the node that it writes to', true, OWN_DIRECTORIES],
    ['does not last writes no file', false, []],
  ] as const)('a change that %s', async (_, persist, directories) => {
    const { access, client } = await start();
    const preparation = { modules: [], sysctls: [], persist, startedAt: '2026-01-01T00:00:00Z' };
    const shell = await access.open({ id: 'p', kind: 'prepare', node: 'node-1', since: 0, preparation });
    await shell.run({ argv: ['cat', '/proc/modules'] });
    const [pod] = (await client.list(PODS, { namespace: NAMESPACE })).items;
    const hostPaths = ['/', ...directories].map((path) => ({ hostPath: { path } }));
    expect(pod?.spec).toMatchObject({ volumes: hostPaths });
    await shell.close();
  });

  it('one that is expected runs before it is needed', async () => {
    const world = await start();
    await world.access.expect('node-2');
    expect(world.made).toEqual(['proxymode-reach']);
    await modeAt(await through(world, 'node-2', 'later'));
    expect(world.made).toHaveLength(1);
  });

  it('is made of what is on its node, and serves on when that changes', async () => {
    const world = await start();
    const { images, simulator } = world;
    images.set('node-1', 'mirror.example/kube-proxy:v1.35.0');
    for (const node of ['node-1', 'node-2']) await modeAt(await through(world, node, 'later'));
    images.set('node-1', 'mirror.example/kube-proxy:v1.36.3');
    await modeAt(await through(world, 'node-1', 'later'));
    const used = simulator.store.list(PODS, NAMESPACE).map((pod) => (pod as HelperPod).spec?.containers?.[0]?.image);
    expect(new Set(used)).toEqual(new Set(['mirror.example/kube-proxy:v1.35.0', IMAGE]));
    expect(world.made).toHaveLength(2);
  });

  it('all go when nobody needs them for a while, and none by itself', async () => {
    const { access, simulator, made, left, idle } = await start();
    const signal = new AbortController().signal;
    await Promise.all(['node-1', 'node-2'].map((node) => access.inspect(node, signal)));
    await idle();
    expect([made.length, left()]).toEqual([2, 0]);
    expect(simulator.requests.writes({ resource: 'pods', verb: 'delete' })).toEqual([]);
  });

  it('all go at the end, in one request, also those in use; later ones are made anew', async () => {
    const world = await start();
    const streams = [await through(world, 'node-1', 'first'), await through(world, 'node-2', 'later')];
    const removals = (): number =>
      world.simulator.requests.writes({ resource: 'pods', verb: 'deletecollection' }).length;
    const before = removals();
    world.access.stop();
    await world.idle();
    expect([world.left(), removals() - before]).toEqual([0, 1]);
    for (const stream of streams) stream.destroy();
    await modeAt(await through(world, 'node-2', 'later'));
    expect(world.made).toEqual(['proxymode-inspect', 'proxymode-reach', 'proxymode-reach']);
  });

  it('what an operator that was killed has left is removed by the next one', async () => {
    const world = await start();
    const lost = await through(world, 'node-1', 'first');
    await world.another().tidyUp();
    expect([world.made.length, world.left()]).toEqual([1, 0]);
    lost.destroy();
  });

  it('a right that is missing is told apart from a node that does not answer', async () => {
    const { access, simulator } = await start();
    const allow = simulator.api.deny({ user: 'proxymode', verb: 'create', resource: 'pods/portforward' });
    const dial = (): Promise<Duplex> => opened(() => access.dial('node-1', 10249, { ...SOON, door: 'first' }));
    await expect(dial()).rejects.toMatchObject({ status: 403 });
    allow();
    simulator.api.deny({ user: 'proxymode', verb: 'create', resource: 'pods' });
    await modeAt(await dial());
    await expect(access.dial('node-2', 10249, { ...SOON, door: 'first' })).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('cannot create resource "pods"') as string,
    });
  });

  it('a pod that does not start is told in its own words', async () => {
    const { access, simulator, client } = await start();
    simulator.node('node-1').stopKubelet();
    const dialled = opened(() => access.dial('node-1', 10249, { ...SOON, door: 'later' }));
    const told = expect(dialled).rejects.toThrow('does not start: ErrImagePull: no such image');
    const owner = (await client.get(CONFIG_MAPS, { namespace: NAMESPACE, name: 'owner' }))?.metadata.uid ?? '';
    const from = { namespace: NAMESPACE, owner: { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner } };
    const { name } = helperPod('node-1', { kind: 'reach' }, { ...from, image: IMAGE }).metadata;
    const ref = { namespace: NAMESPACE, name };
    await until(() => simulator.store.get(PODS, ref) !== undefined);
    const state = { waiting: { reason: 'ErrImagePull', message: 'no such image' } };
    const status = { phase: 'Pending', containerStatuses: [{ state }] };
    simulator.store.update(PODS, ref, (pod) => ({ ...pod, status }));
    await told;
  });
});

describe('over SSH', () => {
  it('kube-proxy is asked without any right to pods', async () => {
    const [hostKey, userKey] = [generateKey(), generateKey()];
    const server = await startSshServer({ hostKeys: [hostKey], authorized: userKey, forwarding: true });
    onTestFinished(() => server.close());
    const kubeProxy = createServer((socket) => socket.end('HTTP/1.0 200 OK\r\n\r\nnftables'));
    kubeProxy.listen(0, '127.0.0.1');
    onTestFinished(() => void kubeProxy.close());
    await once(kubeProxy, 'listening');
    const ssh = {
      user: 'root',
      port: server.port,
      sudo: false,
      secretRef: { name: 'key', key: 'ssh-privatekey' },
      knownHosts: { name: 'hosts', key: 'known_hosts' },
    };
    const secret = { 'ssh-privatekey': Buffer.from(userKey.private).toString('base64') };
    const { access, client, simulator } = await start({ type: 'SSH', ssh }, secret);
    const hosts = { known_hosts: `[127.0.0.1]:${server.port} ${hostKey.public}\n` };
    await client.create(CONFIG_MAPS, { metadata: { name: 'hosts', namespace: NAMESPACE }, data: hosts } as KubeObject);
    const { port } = kubeProxy.address() as AddressInfo;
    expect(await modeAt(await access.dial('node-1', port, { ...SOON, door: 'first' }))).toBe('nftables');
    await access.expect('node-1');
    expect(simulator.requests.entries.filter(({ resource }) => resource === 'pods')).toEqual([]);
    access.stop();
  });
});
