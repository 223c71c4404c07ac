// Pods that somebody puts on a node, and commands in them: by the client the operator uses, over HTTP.
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, scaledClock, type Client, type ExecOutcome, type KubeObject, type Log } from 'kopf-ts';
import { expect, onTestFinished, test } from 'vitest';
import { startSimulator, type Simulator, type SimulatorOptions } from '../start.ts';
import { CONFIG_MAPS, PODS } from '../types.ts';

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const clock = scaledClock(50);

type World = {
  readonly simulator: Simulator;
  readonly client: Client;
  run(...command: [string, ...string[]]): Promise<string>;
};

async function start(options: Partial<SimulatorOptions> = {}): Promise<World> {
  const simulator = await startSimulator({ clock, nodes: 1, mode: 'iptables', ...options });
  const connection = connect({
    kubeConfig: simulator.kubeconfig(),
    fieldManager: 'm',
    userAgent: 'u',
    clock,
    log: quiet,
  });
  onTestFinished(async () => {
    await connection.close();
    await simulator.close();
  });
  const { client } = connection;
  const run: World['run'] = async (...command) =>
    told(await client.exec(POD, { command, timeout: 10_000, maxOutput: 100_000 }));
  return { simulator, client, run };
}

/** `code|stdout|stderr`. */
function told(outcome: ExecOutcome): string {
  return outcome.kind === 'exited' ? `${outcome.code}|${outcome.stdout}|${outcome.stderr}` : outcome.kind;
}

const POD = { name: 'helper', namespace: 'default' };

type PodOptions = { readonly privileged?: boolean; readonly deadline?: number; readonly writable?: readonly string[] };

function pod({ privileged = false, deadline = 900, writable = [] }: PodOptions = {}): KubeObject {
  const paths = ['/', ...writable];
  return {
    metadata: POD,
    spec: {
      nodeName: 'node-1',
      hostNetwork: true,
      activeDeadlineSeconds: deadline,
      containers: [
        {
          name: 'helper',
          image: 'kube-proxy:v1.36.3',
          command: ['/bin/sh'],
          securityContext: { privileged },
          volumeMounts: paths.map((path, index) => ({
            name: `v${index}`,
            mountPath: `/host${path === '/' ? '' : path}`,
            readOnly: index === 0,
          })),
        },
      ],
      volumes: paths.map((path, index) => ({ name: `v${index}`, hostPath: { path } })),
    },
  } as KubeObject;
}

async function create(client: Client, options?: PodOptions): Promise<void> {
  await client.create(PODS, pod(options));
  await phase(client, 'Running');
}

async function phase(client: Client, wanted: string): Promise<KubeObject> {
  for (;;) {
    const found = await client.get<KubeObject & { status?: { phase?: string } }>(PODS, POD);
    if (found?.status?.phase === wanted) return found;
    await clock.sleep(50);
  }
}

test('a pod put on a node runs there, answers, and goes; it counts for no kube-proxy', async () => {
  const { simulator, client, run } = await start();
  await create(client);
  expect(await run('cat', '/proc/sys/kernel/osrelease')).toBe('0|6.1.0-31-amd64\n|');
  const { metadata } = await phase(client, 'Running');
  expect(await client.delete(PODS, POD, { uid: metadata.uid ?? '' })).toBe('deleted');
  while ((await client.get(PODS, POD)) !== undefined) await clock.sleep(50);
  expect(simulator.node('node-1').podDeletions).toBe(0);
  expect(simulator.node('node-1').history.filter(({ pod: name }) => name === POD.name)).toEqual([]);
});

test('its own deadline ends it', async () => {
  const { client, run } = await start();
  await create(client, { deadline: 20 });
  expect(await phase(client, 'Failed')).toMatchObject({ status: { reason: 'DeadlineExceeded' } });
  await expect(run('cat')).rejects.toThrow('container not found ("helper")');
  expect(await client.delete(PODS, POD)).toBe('deleted');
  while ((await client.get(PODS, POD)) !== undefined) await clock.sleep(50);
});

test('it goes with its owner', async () => {
  const { client } = await start();
  const owner = await client.create(CONFIG_MAPS, { metadata: { name: 'owner', namespace: 'default' } });
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid ?? '' };
  const owned = pod();
  await client.create(PODS, { ...owned, metadata: { ...owned.metadata, ownerReferences: [reference] } });
  await client.delete(CONFIG_MAPS, { name: 'owner', namespace: 'default' });
  while ((await client.get(PODS, POD)) !== undefined) await clock.sleep(50);
  expect(await client.get(PODS, POD)).toBeUndefined();
});

test('on the host’s network it leads to the node’s kube-proxy', async () => {
  const { client } = await start();
  await create(client);
  const stream = await client.portForward(POD, 10249, { timeout: 5000 });
  const outgoing = request({
    path: '/proxyMode',
    headers: { Host: 'localhost' },
    createConnection: () => stream,
  }).end();
  const [response] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer>];
  let body = '';
  for await (const chunk of response) body += chunk.toString();
  expect(body).toBe('iptables');
});

test('read only: it sees the node’s files, modules and sysctls, and changes nothing', async () => {
  const { client, run } = await start({
    nodes: [
      {
        name: 'node-1',
        machine: {
          blockedModules: ['ip_vs'],
          missingModules: ['dummy'],
          builtInModules: ['nf_tables'],
          files: { '/etc/sysctl.d/50-empty.conf': '' },
        },
      },
    ],
  });
  await create(client);
  expect(await run('grep', '-rH', '', '/host/etc/os-release', '/host/etc/sysctl.d', '/host/etc/none')).toBe(
    '2|/host/etc/os-release:ID=debian\n/host/etc/os-release:PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n/host/etc/sysctl.d/99-kubernetes.conf:net.ipv4.ip_forward = 1\n|grep: /host/etc/none: No such file or directory\n',
  );
  expect(await run('cat', '/proc/modules')).toContain('nf_conntrack 16384 1 nf_nat, Live');
  expect(await run('cat', '/host/lib/modules/6.1.0-31-amd64/modules.builtin')).toBe(
    '0|kernel/net/ext4.ko\nkernel/net/nf_tables.ko\n|',
  );
  expect(await run('modprobe', '-n', '-v', '-d', '/host', '-C', '/host/etc/modprobe.d', 'ip_vs_rr')).toBe(
    '0|install /bin/false \ninsmod /host/lib/modules/6.1.0-31-amd64/kernel/net/ip_vs_rr.ko \n|',
  );
  expect(await run('modprobe', '-n', '-v', '-d', '/host', 'dummy')).toBe(
    '1||modprobe: FATAL: Module dummy not found in directory /host/lib/modules/6.1.0-31-amd64\n',
  );
  expect(await run('modprobe', 'ip_set')).toBe(
    "1||modprobe: ERROR: could not insert 'ip_set': Operation not permitted\n",
  );
  expect(await run('sh', '-c', 'printf "%s\\n" "$2" > "$1"', 'sh', '/proc/sys/net/ipv4/ip_forward', '0')).toContain(
    'Read-only',
  );
  expect(await run('sh', '-c', 'printf %s "$2" > "$1"', 'sh', '/host/etc/sysctl.d/a.conf', 'x')).toContain('Read-only');
  expect(await run('rm', '-f', '/host/etc/sysctl.d/99-kubernetes.conf')).toContain('Read-only');
  await expect(run('ls', '/')).rejects.toThrow('exec: "ls": executable file not found in $PATH');
});

test('privileged: it loads modules, sets sysctls and writes where it may', async () => {
  const { simulator, client, run } = await start({
    nodes: [{ name: 'node-1', machine: { blockedModules: ['dummy'] } }],
  });
  await create(client, { privileged: true, writable: ['/etc/sysctl.d'] });
  const { machine } = simulator.node('node-1');
  expect(await run('modprobe', '-d', '/host', '--', 'ip_vs_rr')).toBe('0||');
  expect([machine.modules.has('ip_vs_rr'), machine.modules.has('ip_vs'), machine.modules.has('ip_vs_wrr')]).toEqual([
    'loaded',
    'loaded',
    'file',
  ]);
  expect(await run('modprobe', '-r', 'ip_vs')).toContain('Module ip_vs is in use');
  expect(await run('modprobe', '-r', 'ip_vs_rr')).toBe('0||');
  expect([machine.modules.has('ip_vs'), machine.modules.has('nf_conntrack')]).toEqual(['file', 'loaded']);
  expect(await run('modprobe', '-d', '/host', 'dummy')).toContain("Error running install command '/bin/false'");
  const write = (path: string, text: string): Promise<string> =>
    run('sh', '-c', 'printf %s "$2" > "$1"', 'sh', path, text);
  expect(await write('/proc/sys/net/ipv4/ip_forward', '0')).toBe('0||');
  expect(await run('cat', '/proc/sys/net/ipv4/ip_forward')).toBe('0|0\n|');
  expect(await write('/host/etc/sysctl.d/a.tmp', 'a = b\n')).toBe('0||');
  expect(await run('ln', '-f', '/host/etc/sysctl.d/a.tmp', '/host/etc/sysctl.d/a.conf')).toBe('0||');
  expect(await run('rm', '-f', '/host/etc/sysctl.d/a.tmp')).toBe('0||');
  expect(machine.list('/etc/sysctl.d')).toEqual(['/etc/sysctl.d/99-kubernetes.conf', '/etc/sysctl.d/a.conf']);
  expect(machine.read('/etc/sysctl.d/a.conf')).toBe('a = b\n');
  expect(await write('/host/etc/modules-load.d/a.conf', 'x')).toContain('Read-only');
});

test('a mode whose modules a node lacks cannot be run there', async () => {
  const { simulator } = await start({
    mode: 'iptables',
    nodes: [{ name: 'node-1', machine: { blockedModules: ['ip_vs'], missingModules: ['nft_fib'] } }],
  });
  const node = simulator.node('node-1');
  expect(node.proxyMode()).toBe('iptables');
  expect(node.machine.modules.has('ip_vs')).toBe('file');
  const { store } = simulator;
  const kubeProxy = { namespace: 'kube-system', name: 'kube-proxy' };
  store.update(
    CONFIG_MAPS,
    kubeProxy,
    (map) =>
      ({
        ...map,
        data: {
          'config.conf': 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ipvs\n',
        },
      }) as KubeObject,
  );
  for (const each of store.list(PODS, 'kube-system'))
    store.remove(PODS, { namespace: 'kube-system', name: each.metadata.name });
  while (!node.history.some(({ what }) => what === 'processEnded')) await clock.sleep(50);
  while (node.history.filter(({ what }) => what === 'processEnded').length < 2) await clock.sleep(50);
  expect(node.proxyMode()).toBeUndefined();
});

test('a test may run the commands itself, and is told when the container ends', async () => {
  const { simulator, client, run } = await start();
  await create(client);
  const seen: string[] = [];
  simulator.node('node-1').onExec((asked, { view }) => {
    if (asked.command[0] === 'cat') return undefined;
    seen.push(`${asked.command.join(' ')} ${view.locate('/host/etc/x')?.path}`);
    return new Promise((resolve) => asked.signal.addEventListener('abort', () => resolve(seen.push('over'))));
  });
  expect(await run('cat')).toBe('0||');
  const running = run('wait');
  while (seen.length === 0) await clock.sleep(50);
  await client.delete(PODS, POD);
  expect(await running).toBe('137||');
  expect(seen).toEqual(['wait /etc/x', 'over']);
});

test('before 1.30 nobody can tell the end of the input', async () => {
  const { client, run } = await start({ version: 'v1.29.4' });
  await create(client);
  expect(await run('cat')).toBe('0||');
  const options = { command: ['cat'], stdin: 'x', timeout: 5000, maxOutput: 10 } as const;
  await expect(client.exec(POD, options)).rejects.toMatchObject({ reason: 'UnsupportedProtocol' });
  const { client: newer } = await start({ version: 'v1.30.0' });
  await create(newer);
  expect(told(await newer.exec(POD, options))).toBe('0|x|');
});
