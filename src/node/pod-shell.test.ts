import type { Duplex } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import { connect, scaledClock, type Client, type Log, type OwnerReference } from 'kopf-ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startSimulator, type Simulator, type SimulatorOptions } from '../simulator/start.ts';
import { CONFIG_MAPS } from '../simulator/types.ts';
import { HELPER_SELECTOR, helperPod, makingOf, PODS, selectorOf, type HelperPod, TRIAL_ACCOUNT } from './helper-pod.ts';
import { removeHelpers } from './helper-pods.ts';
import { createPodShell, type PodShell, type PodShellOptions } from './pod-shell.ts';
import { shellContract, type Harness } from './shell.contract.ts';
import { spawnProgram } from './testing/spawn-program.ts';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const clock = scaledClock(50);
const NAMESPACE = 'default';
const IMAGE = 'registry.k8s.io/kube-proxy:v1.36.3';

type World = {
  readonly simulator: Simulator;
  readonly client: Client;
  readonly options: PodShellOptions & { readonly image: string };
  /** Commands that reached a node, and ways to end them. */
  readonly running: AbortController[];
  open(node?: string, change?: Partial<PodShellOptions>): PodShell;
  pods(): Promise<readonly HelperPod[]>;
  close(): Promise<void>;
};

async function start(options: Partial<SimulatorOptions> = {}): Promise<World> {
  const simulator = await startSimulator({ clock, nodes: 2, mode: 'iptables', ...options });
  const connection = connect({
    kubeConfig: simulator.kubeconfig(),
    fieldManager: 'm',
    userAgent: 'u',
    clock,
    log: quiet,
  });
  const { client } = connection;
  const { metadata } = await client.create(CONFIG_MAPS, { metadata: { name: 'operator', namespace: NAMESPACE } });
  const owner: OwnerReference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'operator', uid: metadata.uid ?? '' };
  const settings = { namespace: NAMESPACE, owner, image: IMAGE, access: { kind: 'read' } } as const;
  const running: AbortController[] = [];
  for (const node of simulator.nodes) {
    node.onExec(({ command, ...streams }) => {
      const cut = new AbortController();
      running.push(cut);
      return spawnProgram({ ...streams, argv: command, signal: AbortSignal.any([cut.signal, streams.signal]) }).catch(
        (error: unknown) => {
          throw new Error(runtimeWords(command[0] ?? '', error));
        },
      );
    });
  }
  return {
    simulator,
    client,
    options: settings,
    running,
    open: (node = 'node-1', change = {}) => createPodShell(client, clock, node, { ...settings, ...change }),
    pods: async () => (await client.list(PODS, { namespace: NAMESPACE, labelSelector: HELPER_SELECTOR })).items,
    async close() {
      await connection.close();
      await simulator.close();
    },
  };
}

/** containerd 1.6 with runc 1.1, when there is no such program. */
function runtimeWords(program: string, error: unknown): string {
  const why =
    error instanceof Error && error.message.includes('EACCES')
      ? 'permission denied'
      : 'executable file not found in $PATH';
  return `failed to exec in container: failed to start exec "1a": OCI runtime exec failed: exec failed: unable to start container process: exec: ${JSON.stringify(program)}: ${why}: unknown`;
}

async function startHarness(): Promise<Harness> {
  const world = await start();
  return {
    shell: world.open(),
    async unreachable() {
      world.simulator.node('node-2').stopKubelet();
      return world.open('node-2', { startTimeout: 2000 });
    },
    async refused() {
      world.simulator.api.deny({ verb: 'create', resource: 'pods/exec' });
      return world.open('node-2');
    },
    cut: () => world.simulator.api.cutStreams(),
    commands: () => world.running.length,
    async left() {
      return (await world.pods()).filter((pod) => pod.metadata.deletionTimestamp === undefined).length;
    },
    stop: () => world.close(),
  };
}

shellContract(startHarness);

describe('a helper pod', () => {
  async function world(options?: Partial<SimulatorOptions>): Promise<World> {
    const made = await start(options);
    onTestFinished(() => made.close());
    return made;
  }

  it('is made once, for the first command, and used for all', async () => {
    const { open, pods, simulator } = await world();
    const shell = open();
    expect(await pods()).toEqual([]);
    await Promise.all([shell.run({ argv: ['true'] }), shell.run({ argv: ['true'] })]);
    await shell.run({ argv: ['true'] });
    expect(await pods()).toHaveLength(1);
    expect(simulator.requests.writes({ resource: 'pods', verb: 'create' })).toHaveLength(1);
  });

  it('is found again by another operator, and by two at once', async () => {
    const { open, pods } = await world();
    const shells = [open(), open(), open()];
    const results = await Promise.all(shells.map((shell) => shell.run({ argv: ['true'] })));
    expect(results.map(({ kind }) => kind)).toEqual(['exited', 'exited', 'exited']);
    const [pod] = await pods();
    expect(await pods()).toHaveLength(1);
    expect(await open().portForwardTarget()).toEqual({
      kind: 'running',
      pod: { name: pod?.metadata.name, namespace: NAMESPACE },
      uid: pod?.metadata.uid,
    });
  });

  it('is another one for another node, and for writing', async () => {
    const { open, pods } = await world();
    const write = { access: { kind: 'write', directories: ['/etc/sysctl.d'] } } as const;
    for (const shell of [open('node-1'), open('node-2'), open('node-1', write)]) await shell.run({ argv: ['true'] });
    const made = await pods();
    expect(new Set(made.map((pod) => pod.metadata.name)).size).toBe(3);
    expect(made.map((pod) => pod.spec?.nodeName ?? '').toSorted()).toEqual(['node-1', 'node-1', 'node-2']);
  });

  it('is replaced when it was made otherwise: of another image, say', async () => {
    const { open, pods } = await world();
    await open().run({ argv: ['true'] });
    const [before] = await pods();
    await open('node-1', { image: 'mirror.example/kube-proxy:v1.36.4' }).run({ argv: ['true'] });
    const [after] = await pods();
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
    expect(await pods()).toHaveLength(1);
  });

  describe('whose image admission replaces', () => {
    const MIRRORED = `mirror.example/${IMAGE}`;

    /** A webhook has done so before anybody sees the pod. */
    async function mirrored(): Promise<
      World & { readonly ref: { readonly name: string; readonly namespace: string } }
    > {
      const made = await world();
      made.simulator.node('node-1').stopKubelet();
      const wanted = helperPod('node-1', { kind: 'read' }, made.options);
      const containers = wanted.spec?.containers?.map((each) => ({ ...each, image: MIRRORED })) ?? [];
      await made.client.create(PODS, { ...wanted, spec: { ...wanted.spec, containers } });
      return { ...made, ref: { name: wanted.metadata.name, namespace: NAMESPACE } };
    }

    it('is used, and not made again and again', async () => {
      const { open, pods, simulator } = await mirrored();
      simulator.node('node-1').startKubelet();
      expect(await open().run({ argv: ['true'] })).toMatchObject({ kind: 'exited' });
      expect((await pods()).map(({ spec }) => spec?.containers?.[0]?.image)).toEqual([MIRRORED]);
      expect(simulator.requests.writes({ resource: 'pods' })).toHaveLength(1);
    });

    it('says so when it does not run', async () => {
      const { open, simulator, ref } = await mirrored();
      const told = `its image was ${IMAGE}, and something in the cluster has made it ${MIRRORED}`;
      expect(await open('node-1', { startTimeout: 1000 }).run({ argv: ['true'] })).toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining(`does not run after 1 s: ${told}`) as string,
      });
      const state = { waiting: { reason: 'ErrImagePull', message: 'not found' } };
      simulator.store.update(PODS, ref, (pod) => ({
        ...pod,
        status: { phase: 'Pending', containerStatuses: [{ state }] },
      }));
      expect(await open().run({ argv: ['true'] })).toMatchObject({
        kind: 'refused',
        message: expect.stringContaining(`ErrImagePull: not found; ${told}`) as string,
      });
    });
  });

  describe('whose image is only the best guess at what is on the node', () => {
    const [OLD, NEW] = ['mirror.example/kube-proxy:v1.35.0', 'mirror.example/kube-proxy:v1.36.3'];
    const images = (pods: readonly HelperPod[]): unknown[] => pods.map(({ spec }) => spec?.containers?.[0]?.image);

    it('serves with another one, as long as it runs', async () => {
      const { open, pods, simulator } = await world();
      await open('node-1', { image: () => OLD }).run({ argv: ['true'] });
      expect(await open('node-1', { image: () => NEW }).run({ argv: ['true'] })).toMatchObject({ kind: 'exited' });
      expect(images(await pods())).toEqual([OLD]);
      expect(simulator.requests.writes({ resource: 'pods' })).toHaveLength(1);
    });

    it('is waited for with another one while it starts', async () => {
      const { open, pods, simulator } = await world();
      const both = [OLD, NEW].map((image) => open('node-1', { image: () => image }).run({ argv: ['true'] }));
      expect((await Promise.all(both)).map(({ kind }) => kind)).toEqual(['exited', 'exited']);
      expect(await pods()).toHaveLength(1);
      expect(simulator.requests.writes({ resource: 'pods', verb: 'delete' })).toEqual([]);
    });

    it('is made anew when that one does not start, and another is thought of', async () => {
      const { open, pods, simulator, options } = await world();
      let image = OLD;
      const shell = open('node-1', { image: () => image });
      const ref = { namespace: NAMESPACE, name: helperPod('node-1', { kind: 'read' }, options).metadata.name };
      simulator.node('node-1').stopKubelet();
      const first = shell.run({ argv: ['true'] });
      while (simulator.store.get(PODS, ref) === undefined) await clock.sleep(10);
      const state = { waiting: { reason: 'ImagePullBackOff', message: 'no way out' } };
      const status = { phase: 'Pending', containerStatuses: [{ state }] };
      simulator.store.update(PODS, ref, (pod) => ({ ...pod, status }));
      expect(await first).toMatchObject({ kind: 'refused' });
      expect(await shell.run({ argv: ['true'] })).toMatchObject({ kind: 'refused' });
      expect(simulator.requests.writes({ resource: 'pods', verb: 'delete' })).toEqual([]);
      image = NEW;
      const second = shell.run({ argv: ['true'] });
      while (simulator.store.get(PODS, ref)?.metadata.deletionTimestamp === undefined) await clock.sleep(10);
      simulator.node('node-1').startKubelet();
      expect(await second).toMatchObject({ kind: 'exited' });
      expect(images(await pods())).toEqual([NEW]);
    });

    it('is replaced when somebody names one', async () => {
      const { open, pods } = await world();
      await open('node-1', { image: () => OLD }).run({ argv: ['true'] });
      await open('node-1', { image: NEW }).run({ argv: ['true'] });
      expect(images(await pods())).toEqual([NEW]);
    });
  });

  it('is replaced when its deadline is over', async () => {
    const { open, pods } = await world();
    const shell = open('node-1', { lifetime: 20 });
    await shell.run({ argv: ['true'] });
    const [before] = await pods();
    while ((await pods())[0]?.status?.phase !== 'Failed') await clock.sleep(200);
    expect(await shell.run({ argv: ['true'] })).toMatchObject({ kind: 'unreachable' });
    expect(await shell.run({ argv: ['true'] })).toMatchObject({ kind: 'exited', code: 0 });
    expect((await pods())[0]?.metadata.uid).not.toBe(before?.metadata.uid);
  });

  it('is made anew when somebody has deleted it', async () => {
    const { open, client, pods } = await world();
    const shell = open();
    await shell.run({ argv: ['true'] });
    await removeHelpers(client, NAMESPACE);
    while ((await pods()).length > 0) await clock.sleep(50);
    expect(await shell.run({ argv: ['true'] })).toMatchObject({ kind: 'unreachable' });
    expect(await shell.run({ argv: ['true'] })).toMatchObject({ kind: 'exited', code: 0 });
  });

  it('goes with its owner', async () => {
    const { open, client, pods } = await world();
    await open().run({ argv: ['true'] });
    await client.delete(CONFIG_MAPS, { name: 'operator', namespace: NAMESPACE });
    while ((await pods()).length > 0) await clock.sleep(50);
    expect(await pods()).toEqual([]);
  });

  it('does not touch a pod of that name that is somebody else’s, at the end either', async () => {
    const { open, client, options } = await world();
    const { metadata, spec } = helperPod('node-1', { kind: 'read' }, options);
    await client.create(PODS, { metadata: { ...metadata, labels: {} }, ...(spec === undefined ? {} : { spec }) });
    const shell = open();
    expect(await shell.run({ argv: ['true'] })).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('not one of ours') as string,
    });
    await shell.close();
    const left = await client.get(PODS, { name: metadata.name, namespace: NAMESPACE });
    expect(left?.metadata.deletionTimestamp).toBeUndefined();
  });

  it('that was created although no answer came is found', async () => {
    const { open, pods, simulator } = await world();
    simulator.faults.add({ kind: 'lostReply', match: { verb: 'create', resource: 'pods' } });
    expect(await open().run({ argv: ['true'] })).toMatchObject({ kind: 'exited' });
    expect(await pods()).toHaveLength(1);
  });

  it('is removed also when closing overtakes its start', async () => {
    const { open, pods } = await world();
    const shell = open();
    const running = shell.run({ argv: ['true'] });
    while ((await pods()).length === 0) await clock.sleep(10);
    await shell.close();
    expect(await running).toMatchObject({ kind: 'unreachable' });
    while ((await pods()).length > 0) await clock.sleep(50);
    expect(await pods()).toEqual([]);
  });

  it('is tried to be removed again when that failed', async () => {
    const { open, pods, simulator } = await world();
    const shell = open();
    await shell.run({ argv: ['true'] });
    const allow = simulator.api.deny({ verb: 'delete', resource: 'pods' });
    await expect(shell.close()).rejects.toThrow('cannot delete');
    allow();
    await shell.close();
    while ((await pods()).length > 0) await clock.sleep(50);
    expect(await pods()).toEqual([]);
  });

  it('takes nothing along that was never needed', async () => {
    const { open, simulator } = await world();
    simulator.requests.clear();
    await open().close();
    expect(simulator.requests.entries).toEqual([]);
  });

  it.each([
    [
      'no image',
      { waiting: { reason: 'ErrImageNeverPull', message: 'not present' } },
      'ErrImageNeverPull: not present',
    ],
    [
      'no shell',
      { waiting: { reason: 'CreateContainerError', message: 'no such file' } },
      'CreateContainerError: no such file',
    ],
  ])('is not waited for when there is %s', async (_name, state, message) => {
    const { open, simulator, options } = await world();
    simulator.node('node-1').stopKubelet();
    const running = open().run({ argv: ['true'] });
    const ref = { namespace: NAMESPACE, name: helperPod('node-1', { kind: 'read' }, options).metadata.name };
    while (simulator.store.get(PODS, ref) === undefined) await clock.sleep(10);
    simulator.store.update(PODS, ref, (pod) => ({
      ...pod,
      status: { phase: 'Pending', containerStatuses: [{ state }] },
    }));
    expect(await running).toMatchObject({ kind: 'refused', message: expect.stringContaining(message) as string });
  });

  it('that the kubelet does not admit is not tried again and again', async () => {
    const { open, simulator, options } = await world();
    simulator.node('node-1').stopKubelet();
    const running = open().run({ argv: ['true'] });
    const ref = { namespace: NAMESPACE, name: helperPod('node-1', { kind: 'read' }, options).metadata.name };
    while (simulator.store.get(PODS, ref) === undefined) await clock.sleep(10);
    simulator.store.update(PODS, ref, (pod) => ({
      ...pod,
      status: { phase: 'Failed', reason: 'OutOfpods', message: 'Node didn’t have enough resource' },
    }));
    expect(await running).toMatchObject({ kind: 'refused', message: expect.stringContaining('OutOfpods') as string });
    expect(simulator.requests.writes({ resource: 'pods' })).toHaveLength(1);
  });

  it('that the kubelet did not admit is made anew after half a minute', async () => {
    const { open, simulator, options } = await world();
    const shell = open();
    const ref = { namespace: NAMESPACE, name: helperPod('node-1', { kind: 'read' }, options).metadata.name };
    simulator.node('node-1').stopKubelet();
    const first = shell.run({ argv: ['true'] });
    while (simulator.store.get(PODS, ref) === undefined) await clock.sleep(10);
    simulator.store.update(PODS, ref, (pod) => ({ ...pod, status: { phase: 'Failed', reason: 'OutOfpods' } }));
    expect(await first).toMatchObject({ kind: 'refused' });
    expect(await shell.run({ argv: ['true'] })).toMatchObject({ kind: 'refused' });
    expect(simulator.requests.writes({ resource: 'pods' })).toHaveLength(1);
    simulator.node('node-1').startKubelet();
    await clock.sleep(31_000);
    expect(await shell.run({ argv: ['true'] })).toMatchObject({ kind: 'exited' });
  });

  /** A machine that is busy lets a pod's start take longer than a stream waits for it. */
  async function forward(shell: PodShell): Promise<Duplex> {
    for (;;) {
      try {
        return await shell.forward(10249, { timeout: 5000 });
      } catch (error) {
        if (!/does not run after/.test(String(error))) throw error;
      }
    }
  }

  it('leads to what listens on the node’s loopback', async () => {
    const { open } = await world();
    const shell = open('node-1', { access: { kind: 'reach' } });
    expect(shell.isRunning()).toBe(false);
    const stream = await forward(shell);
    expect(shell.isRunning()).toBe(true);
    stream.write('GET /proxyMode HTTP/1.0\r\nHost: localhost\r\n\r\n');
    expect(await textOf(stream)).toMatch(/iptables$/);
    await expect(shell.forward(1, { timeout: 5000 })).rejects.toThrow('failed to connect');
    await shell.close();
    expect(shell.isRunning()).toBe(false);
    await expect(shell.forward(10249, { timeout: 5000 })).rejects.toThrow('closed');
  });

  it('that is made anew leads there, too', async () => {
    const { open, client, pods } = await world();
    const shell = open();
    (await forward(shell)).destroy();
    const [pod] = await pods();
    await client.delete(PODS, { namespace: NAMESPACE, name: pod?.metadata.name ?? '' });
    while ((await pods()).length > 0) await clock.sleep(50);
    await expect(forward(shell)).rejects.toThrow('not found');
    (await forward(shell)).destroy();
    expect((await pods())[0]?.metadata.uid).not.toBe(pod?.metadata.uid);
  });

  it('says what keeps it from leading anywhere, and goes on starting', async () => {
    const { open, simulator } = await world();
    simulator.node('node-1').stopKubelet();
    const shell = open();
    await expect(shell.forward(10249, { timeout: 5000 })).rejects.toThrow(
      /^pod default\/proxymode-read-\w+ does not run after 5 s: the kubelet says nothing/,
    );
    simulator.node('node-1').startKubelet();
    (await forward(shell)).destroy();
    expect(simulator.requests.writes({ resource: 'pods' })).toHaveLength(1);
  });

  it('that may not be created is the API server’s refusal, not the node’s', async () => {
    const { open, simulator } = await world();
    simulator.api.deny({ verb: 'create', resource: 'pods' });
    await expect(open().forward(10249, { timeout: 5000 })).rejects.toMatchObject({ status: 403, reason: 'Forbidden' });
  });

  it('is handed over to whoever removes many, also when it never ran', async () => {
    const { open, simulator } = await world();
    const handed: string[] = [];
    const removal = { collect: async (making: string) => void handed.push(making), isLeaving: () => false };
    const shells = [
      open('node-1', { making: 'one', removal }),
      open('node-2', { making: 'two', removal, startTimeout: 1000 }),
    ];
    simulator.node('node-2').stopKubelet();
    await Promise.all(shells.map((shell) => shell.run({ argv: ['true'] })));
    // Whoever finds it lets that one go, and no other of its name.
    const finder = open('node-1', { making: 'three', removal });
    await finder.run({ argv: ['true'] });
    for (const shell of [...shells, finder]) await shell.close();
    expect(handed).toEqual(['one', 'two', 'one']);
    expect(simulator.requests.writes({ resource: 'pods', verb: 'delete' })).toEqual([]);
  });

  it('that has been handed over is not used any more, though it still runs', async () => {
    const { open, client, pods } = await world();
    await open('node-1', { making: 'old' }).run({ argv: ['true'] });
    const [old] = await pods();
    const isLeaving = (pod: HelperPod): boolean => makingOf(pod) === 'old';
    const next = open('node-1', { making: 'new', removal: { collect: async () => undefined, isLeaving } });
    const running = next.run({ argv: ['true'] });
    await clock.sleep(2000);
    await client.deleteCollection(PODS, { namespace: NAMESPACE, labelSelector: selectorOf(['old']) });
    expect(await running).toMatchObject({ kind: 'exited' });
    const [pod] = await pods();
    expect(pod?.metadata.uid).not.toBe(old?.metadata.uid);
  });

  it('may not be created: that is what is told', async () => {
    const { open, simulator } = await world();
    simulator.api.deny({ verb: 'create', resource: 'pods' });
    expect(await open().run({ argv: ['true'] })).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('cannot create resource "pods"') as string,
    });
  });

  it('gets its input by an argument where the API server is older than 1.30', async () => {
    const { open } = await world({ version: 'v1.28.0' });
    const shell = open();
    const text = `it's "$(id)" \\ \n-n é`;
    expect(await shell.run({ argv: ['cat'], stdin: text })).toMatchObject({ code: 0, stdout: text });
    expect(await shell.run({ argv: ['sh', '-c', 'cat; exit 4'], stdin: 'x' })).toMatchObject({ code: 4, stdout: 'x' });
    expect(await shell.run({ argv: ['cat'], stdin: 'x'.repeat(200_000) })).toMatchObject({ kind: 'refused' });
    expect(await shell.run({ argv: ['cat'], stdin: 'a\0b' })).toMatchObject({ kind: 'refused' });
  });

  it('says where files of the node are', async () => {
    const { open } = await world();
    const { pathOf } = open();
    expect(['/', '/etc/os-release', '/proc/modules', '/sys/module', '/process', '/proc'].map(pathOf)).toEqual([
      '/host',
      '/host/etc/os-release',
      '/proc/modules',
      '/sys/module',
      '/host/process',
      '/proc',
    ]);
  });

  it('is removed with all others by whoever starts next', async () => {
    const { open, client, pods } = await world();
    await open('node-1', { labels: { 'proxymode.dev/migration': 'a' } }).run({ argv: ['true'] });
    await open('node-2', { labels: { 'proxymode.dev/migration': 'b' } }).run({ argv: ['true'] });
    await removeHelpers(client, NAMESPACE, 'proxymode.dev/migration=a');
    const leaving = async (): Promise<readonly boolean[]> =>
      (await pods()).map(({ metadata }) => metadata.deletionTimestamp !== undefined);
    expect(await leaving()).toContain(false);
    await removeHelpers(client, NAMESPACE);
    expect(await leaving()).not.toContain(false);
    while ((await pods()).length > 0) await clock.sleep(50);
    expect(await pods()).toEqual([]);
  });
});

describe('what a helper pod is made of', () => {
  const settings = { namespace: 'ops', owner: { apiVersion: 'v1', kind: 'Lease', name: 'l', uid: 'u' }, image: IMAGE };

  it('reads without a privilege', () => {
    const pod = helperPod(
      'node-1',
      { kind: 'read' },
      { ...settings, imagePullSecrets: ['mirror'], serviceAccountName: 'sa' },
    );
    expect(pod.metadata.name).toMatch(/^proxymode-read-[0-9a-f]{12}$/);
    expect(pod.metadata.ownerReferences).toEqual([{ apiVersion: 'v1', kind: 'Lease', name: 'l', uid: 'u' }]);
    expect(pod.spec).toMatchObject({
      nodeName: 'node-1',
      tolerations: [{ operator: 'Exists' }],
      hostNetwork: true,
      activeDeadlineSeconds: 900,
      automountServiceAccountToken: false,
      restartPolicy: 'Never',
      serviceAccountName: 'sa',
      imagePullSecrets: [{ name: 'mirror' }],
      containers: [
        {
          image: IMAGE,
          imagePullPolicy: 'IfNotPresent',
          securityContext: { privileged: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
          volumeMounts: [{ mountPath: '/host', readOnly: true, recursiveReadOnly: 'IfPossible' }],
        },
      ],
    });
  });

  it('tries kube-proxy in a network of its own, with what a kube-proxy may read, and without the node’s files', () => {
    const { spec, metadata } = helperPod('node-1', { kind: 'trial', privileged: false, lifetime: 600 }, settings);
    expect(metadata.name).toMatch(/^proxymode-trial-/);
    expect(spec).toMatchObject({
      hostNetwork: false,
      serviceAccountName: TRIAL_ACCOUNT,
      automountServiceAccountToken: true,
      activeDeadlineSeconds: 600,
      volumes: [{ name: 'tmp', emptyDir: {} }],
      containers: [
        {
          securityContext: { privileged: false, readOnlyRootFilesystem: true, capabilities: { add: ['NET_ADMIN'] } },
          volumeMounts: [{ mountPath: '/tmp' }],
          env: [{ name: 'POD_IP' }, { name: 'HOST_IP' }],
        },
      ],
    });
    const privileged = helperPod('node-1', { kind: 'trial', privileged: true, lifetime: 600 }, settings);
    expect(privileged.spec).toMatchObject({
      hostNetwork: false,
      volumes: [{ name: 'tmp' }],
      containers: [{ securityContext: { privileged: true } }],
    });
  });

  it('reaches the node’s network, and not a single file', () => {
    const { spec } = helperPod('node-1', { kind: 'reach' }, settings);
    expect(spec).toMatchObject({
      hostNetwork: true,
      volumes: [],
      containers: [
        {
          securityContext: { privileged: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
          volumeMounts: [],
        },
      ],
    });
  });

  it('is told from all others by its making', () => {
    const pod = helperPod('node-1', { kind: 'reach' }, { ...settings, making: 'c0ffee' });
    expect(pod.metadata.labels).toMatchObject({ 'proxymode.dev/making': 'c0ffee' });
    expect(makingOf(pod)).toBe('c0ffee');
    expect(selectorOf(['a', 'b'])).toBe(`${HELPER_SELECTOR},proxymode.dev/making in (a,b)`);
  });

  it('inspects as root with two capabilities', () => {
    const pod = helperPod('node-1', { kind: 'inspect' }, settings);
    expect(pod.spec).toMatchObject({
      containers: [
        {
          securityContext: {
            privileged: false,
            allowPrivilegeEscalation: false,
            runAsUser: 0,
            capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] },
          },
          volumeMounts: [{ mountPath: '/host', readOnly: true }],
        },
      ],
    });
  });

  it('writes into the named directories only', () => {
    const pod = helperPod('node-1', { kind: 'write', directories: ['/etc/sysctl.d'] }, settings);
    expect(pod.spec).toMatchObject({
      containers: [
        {
          securityContext: { privileged: true },
          volumeMounts: [{ mountPath: '/host', readOnly: true }, { mountPath: '/host/etc/sysctl.d' }],
        },
      ],
      volumes: [{ hostPath: { path: '/' } }, { hostPath: { path: '/etc/sysctl.d', type: 'Directory' } }],
    });
  });

  it('is nobody else’s: each owner has its own', () => {
    const nameFor = (uid: string): string =>
      helperPod('node-1', { kind: 'read' }, { ...settings, owner: { ...settings.owner, uid } }).metadata.name;
    expect(nameFor('a')).toBe(nameFor('a'));
    expect(nameFor('a')).not.toBe(nameFor('b'));
  });

  it('has a name that fits, however long the node’s is', () => {
    const name = helperPod(`${'n'.repeat(240)}.example`, { kind: 'write', directories: [] }, settings).metadata.name;
    expect(name.length).toBeLessThan(63);
    expect(name).not.toBe(
      helperPod(`${'n'.repeat(241)}.example`, { kind: 'write', directories: [] }, settings).metadata.name,
    );
  });
});
