// Helper pods on real nodes: what they can read and change, and that nothing of them is left.
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, systemClock, type Client, type Log, type OwnerReference, type Resource } from 'kopf-ts';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runBatch } from '../../src/node/batch.ts';
import { HELPER_SELECTOR, makingOf, PODS, selectorOf, type HelperPod } from '../../src/node/helper-pod.ts';
import { removeHelpers } from '../../src/node/helper-pods.ts';
import { prepareKernel, readSysctls, type KernelChange } from '../../src/node/kernel-prepare.ts';
import { undoKernel } from '../../src/node/kernel-undo.ts';
import { MODULES_FILE, OWN_DIRECTORIES, SYSCTLS_FILE } from '../../src/node/own-files.ts';
import { createPodShell, type PodShell, type PodShellOptions } from '../../src/node/pod-shell.ts';
import { readModules } from '../../src/node/read-modules.ts';
import { probeCommands } from '../../src/preflight/probe-commands.ts';
import { kubeProxyImage } from './images.ts';
import { labUp, until, type Lab } from './lab.ts';

const NAMESPACE = 'default';
const CONFIG_MAPS: Resource = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true };
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
/** Of the node's own network namespace, among those we may set at all, and of no use to nodes that have IPv4 only. */
const HARMLESS = 'net.ipv6.conf.all.forwarding';
const TURN_ON: KernelChange = { modules: [], sysctls: [{ name: HARMLESS, from: '0', to: '1' }], persist: false };
const WRITE: PodShellOptions['access'] = { kind: 'write', directories: OWN_DIRECTORIES };

let lab: Lab;
let client: Client;
let owner: OwnerReference;
let disconnect: () => Promise<void>;
const shells: PodShell[] = [];

beforeAll(async () => {
  lab = await labUp();
  const connection = connect({
    kubeConfig: lab.kubeconfig,
    fieldManager: 'node-access-test',
    userAgent: 'node-access-test',
    clock: systemClock,
    log: quiet,
  });
  ({ client } = connection);
  disconnect = () => connection.close();
  owner = await makeOwner('node-access-test');
});

afterAll(async () => {
  await Promise.all(shells.map((shell) => shell.close()));
  await client.delete(CONFIG_MAPS, { name: 'node-access-test', namespace: NAMESPACE });
  await disconnect();
});

async function makeOwner(name: string): Promise<OwnerReference> {
  await client.delete(CONFIG_MAPS, { name, namespace: NAMESPACE });
  const { metadata } = await client.create(CONFIG_MAPS, { metadata: { name, namespace: NAMESPACE } });
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid: metadata.uid ?? '' };
}

function open(node: string, change: Partial<PodShellOptions> = {}): PodShell {
  const settings: PodShellOptions = {
    namespace: NAMESPACE,
    owner,
    image: kubeProxyImage,
    access: { kind: 'read' },
    ...change,
  };
  const shell = createPodShell(client, systemClock, node, settings);
  shells.push(shell);
  return shell;
}

/** What the node itself says, without any pod. */
async function onNode(node: string, path: string): Promise<string> {
  return (await lab.exec(node, ['cat', path])).stdout.trim();
}
const harmless = (node: string): Promise<string> => onNode(node, `/proc/sys/${HARMLESS.replaceAll('.', '/')}`);

describe('a helper pod without privileges', () => {
  test('reads modules and sysctls of every node, and changes nothing', async () => {
    await Promise.all(
      lab.nodes.map(async (node) => {
        const shell = open(node);
        const release = await onNode(node, '/proc/sys/kernel/osrelease');
        expect(await shell.run({ argv: ['cat', '/proc/sys/kernel/osrelease'] })).toMatchObject({
          stdout: `${release}\n`,
        });
        const reading = await readModules(shell, ['nf_conntrack', 'ip_vs', 'no_such_module']);
        expect(reading).toMatchObject({
          kind: 'modules',
          states: { nf_conntrack: { kind: expect.stringMatching(/loaded|builtIn/) as string } },
        });
        const sysctls = await readSysctls(shell, [
          { name: 'net.ipv4.ip_forward' },
          { name: HARMLESS },
          { name: 'net.no.such' },
        ]);
        expect(sysctls).toEqual({
          kind: 'values',
          values: new Map([
            ['net.ipv4.ip_forward', await onNode(node, '/proc/sys/net/ipv4/ip_forward')],
            [HARMLESS, '0'],
          ]),
        });
        expect(await prepareKernel(shell, TURN_ON)).toMatchObject({ kind: 'failed' });
        expect(await harmless(node)).toBe('0');
      }),
    );
  });

  test('passes arguments, input, exit codes and complaints', async () => {
    const shell = open('n1');
    const words = ['', "it's", '$(id)', '"', '\\', 'a\nb', '-n', 'é😀', '%s&command=x'];
    const printed = await shell.run({ argv: ['sh', '-c', 'printf "%s|" "$@"; echo no >&2; exit 3', 'sh', ...words] });
    expect(printed).toEqual({
      kind: 'exited',
      code: 3,
      stdout: `${words.join('|')}|`,
      stderr: 'no\n',
      truncated: false,
    });
    const text = 'x'.repeat(300_000);
    expect(await shell.run({ argv: ['cat'], stdin: text })).toMatchObject({ code: 0, stdout: text });
    expect(await shell.run({ argv: ['no-such-program'] })).toMatchObject({ kind: 'exited', code: 127 });
    expect(await shell.run({ argv: ['sleep', '60'], timeout: 500 })).toMatchObject({ kind: 'timedOut' });
    expect(await shell.run({ argv: ['cat', '/dev/zero'], timeout: 1000, maxOutput: 100 })).toMatchObject({
      kind: 'timedOut',
    });
  });
});

describe('a helper pod that only reaches', () => {
  test('leads to the node’s own kube-proxy, and sees no file of the node', async () => {
    const shell = open('n2', { access: { kind: 'reach' } });
    const stream = await shell.forward(10249, { timeout: 30_000 });
    const outgoing = request({
      path: '/proxyMode',
      headers: { Host: 'localhost' },
      createConnection: () => stream,
    }).end();
    const [response] = (await once(outgoing, 'response')) as [AsyncIterable<Buffer>];
    let body = '';
    for await (const chunk of response) body += chunk.toString();
    expect(body).toBe(await lab.kubeProxyMode('n2'));
    stream.destroy();
    expect(await shell.run({ argv: ['cat', shell.pathOf('/etc/os-release')] })).toMatchObject({ code: 1 });
  });

  test('says so when nobody listens there', async () => {
    const shell = open('n2', { access: { kind: 'reach' } });
    await expect(shell.forward(10248 - 1000, { timeout: 30_000 })).rejects.toThrow(
      /connection refused|failed to connect/,
    );
  });

  test('goes with others by what only they have, and no other does', async () => {
    // Those of another owner are not found by those before them.
    const whose = await makeOwner('node-access-making');
    const opened = lab.nodes.map((node, index) =>
      open(node, { access: { kind: 'reach' }, owner: whose, making: `lab${index}` }),
    );
    const targets = await Promise.all(opened.map((shell) => shell.portForwardTarget()));
    const labels = { namespace: NAMESPACE, labelSelector: selectorOf(['lab0', 'lab2']) };
    await client.deleteCollection(PODS, labels, { gracePeriodSeconds: 1 });
    const left = async (): Promise<readonly string[]> => {
      const found = targets.map(async (target) =>
        target.kind === 'running' ? await client.get(PODS, target.pod) : undefined,
      );
      return (await Promise.all(found)).flatMap((pod) => (pod === undefined ? [] : [makingOf(pod) ?? '']));
    };
    await until('two of them are gone', async () => (await left()).length === 1);
    expect(await left()).toEqual(['lab1']);
    await client.delete(CONFIG_MAPS, { name: 'node-access-making', namespace: NAMESPACE });
  });
});

test('an inspecting helper pod sees the rules, too', async () => {
  const shell = open('n3', { access: { kind: 'inspect' } });
  const commands = probeCommands({
    pathOf: shell.pathOf,
    kernelRelease: await onNode('n3', '/proc/sys/kernel/osrelease'),
  });
  const result = await runBatch(shell, commands, {
    mark: 'c0ffee0123456789',
    timeout: 30_000,
    maxOutput: 8 * 1024 * 1024,
  });
  if (result.kind !== 'ran') throw new Error(result.kind);
  expect(result.outputs.get('nftTables')?.code).toBe(0);
  expect(result.outputs.get('iptablesNft')?.stdout).toContain('KUBE-');
  expect(await shell.run({ argv: ['sh', '-c', 'echo 1 > "$1"', 'sh', '/host/etc/proxymode-was-here'] })).toMatchObject({
    code: 2,
  });
});

describe('a privileged helper pod', () => {
  test('sets a sysctl on its node only, and puts it back', async () => {
    for (const node of lab.nodes) {
      const shell = open(node, { access: WRITE });
      expect(await prepareKernel(shell, TURN_ON)).toEqual({ kind: 'done', notes: [] });
      expect(await Promise.all(lab.nodes.map(harmless))).toEqual(
        lab.nodes.map((other) => (other === node ? '1' : '0')),
      );
      expect(await undoKernel(shell, TURN_ON)).toEqual({ kind: 'done', notes: [] });
      expect(await harmless(node)).toBe('0');
    }
  });

  test('writes its file whole, and takes it away', async () => {
    const shell = open('n1', { access: WRITE });
    const change = { ...TURN_ON, persist: true };
    expect(await prepareKernel(shell, change)).toEqual({ kind: 'done', notes: [] });
    expect(await onNode('n1', SYSCTLS_FILE)).toContain(`\n${HARMLESS} = 1`);
    expect((await lab.exec('n1', ['stat', '-c', '%a %U', SYSCTLS_FILE])).stdout.trim()).toBe('644 root');
    expect(await prepareKernel(shell, change)).toEqual({ kind: 'done', notes: [] });
    expect(await undoKernel(shell, change)).toEqual({ kind: 'done', notes: [] });
    const { stdout } = await lab.exec('n1', ['find', ...OWN_DIRECTORIES, '-name', '*proxymode*']);
    expect([stdout, MODULES_FILE.startsWith(OWN_DIRECTORIES[0] ?? '')]).toEqual(['', true]);
  });

  test('writes nowhere else', async () => {
    const shell = open('n1', { access: WRITE });
    const result = await shell.run({ argv: ['sh', '-c', 'echo 1 > "$1"', 'sh', '/host/etc/proxymode-was-here'] });
    expect(result).toMatchObject({
      kind: 'exited',
      stderr: expect.stringContaining('Read-only file system') as string,
    });
  });
});

describe('a helper pod goes', () => {
  const isGone = async (shell: PodShell): Promise<boolean> => {
    const target = await shell.portForwardTarget();
    return target.kind !== 'running' || (await client.get(PODS, target.pod))?.metadata.uid !== target.uid;
  };

  test('when its shell is closed', async () => {
    const shell = open('n1', { labels: { 'proxymode.dev/test': 'close' } });
    const target = await shell.portForwardTarget();
    if (target.kind !== 'running') throw new Error(target.message);
    await shell.close();
    await until('the pod is gone', async () => (await client.get(PODS, target.pod))?.metadata.uid !== target.uid);
    expect(await shell.run({ argv: ['cat'] })).toMatchObject({ kind: 'unreachable' });
  });

  test('with its owner', async () => {
    const shell = open('n2', {
      owner: await makeOwner('node-access-owner'),
      labels: { 'proxymode.dev/test': 'owner' },
    });
    expect(await shell.run({ argv: ['cat'] })).toMatchObject({ code: 0 });
    await client.delete(CONFIG_MAPS, { name: 'node-access-owner', namespace: NAMESPACE });
    await until('the pod is gone', () => isGone(shell));
    expect(await isGone(shell)).toBe(true);
  });

  test('by itself when nobody ends it', async () => {
    const shell = open('n3', { lifetime: 5 });
    const target = await shell.portForwardTarget();
    if (target.kind !== 'running') throw new Error(target.message);
    await until('its time is over', async () => (await client.get(PODS, target.pod))?.status?.phase === 'Failed');
    expect((await client.get(PODS, target.pod))?.status?.reason).toBe('DeadlineExceeded');
    expect(await shell.run({ argv: ['cat'] })).toMatchObject({ kind: 'unreachable' });
    expect(await shell.run({ argv: ['cat'] })).toMatchObject({ kind: 'exited', code: 0 });
  });

  test('with all others of the operator', async () => {
    await Promise.all(lab.nodes.map((node) => open(node).run({ argv: ['cat'] })));
    const selection = { namespace: NAMESPACE, labelSelector: HELPER_SELECTOR };
    const pods = async (): Promise<readonly HelperPod[]> => (await client.list(PODS, selection)).items;
    expect((await pods()).length).toBeGreaterThanOrEqual(3);
    await removeHelpers(client, NAMESPACE);
    await until('all are gone', async () => (await pods()).length === 0);
  });
});
