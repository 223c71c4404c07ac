// The client this project's operator uses, against the simulated API server: what either gets wrong about the other shows here.
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { type Client, connect, type KubeObject, type Log, type Resource, systemClock } from 'kopf-ts';
import { expect, onTestFinished, test } from 'vitest';
import { CONFIG_MAPS, NODES, PODS } from '../types.ts';
import { CRDS, testServer, type TestServer, WIDGETS_CRD } from './testing-server.ts';

type Widget = KubeObject & { readonly spec?: { readonly color: string }; readonly status?: { readonly phase: string } };
const WIDGETS: Resource<Widget> = {
  group: 'example.dev',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: false,
};

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

async function withClient(): Promise<TestServer & { readonly client: Client }> {
  const server = await testServer({
    backend: {
      log: (_, { previous, tailLines }) => `${previous ? 'before' : 'now'} ${tailLines}\n`,
      dial: (_, port) => {
        const stream = new PassThrough();
        return port === 80 ? Promise.resolve(stream) : Promise.reject(new Error('connection refused'));
      },
      async exec(_, { command: [program, ...words], stdin, stdout, stderr }) {
        if (program !== 'shout') throw new Error(`exec: "${program}": executable file not found in $PATH`);
        stderr('careful');
        stdout(`${words.join(' ')} ${await text(stdin)}`.toUpperCase());
        return words.length;
      },
    },
  });
  await server.send('POST', CRDS, WIDGETS_CRD);
  const connection = connect({
    kubeConfig: server.server.kubeconfig('operator'),
    fieldManager: 'operator',
    userAgent: 'operator/1',
    clock: systemClock,
    log: quiet,
  });
  onTestFinished(() => connection.close());
  return { ...server, client: connection.client };
}

test('a collection goes by its labels, and nothing goes without a selector', async () => {
  const { client, server } = await withClient();
  for (const [name, making] of Object.entries({ a: 'x', b: 'y', c: 'z' }))
    await client.create(PODS, { metadata: { name, namespace: 'default', labels: { making } } });
  const namespace = 'default';
  await client.deleteCollection(PODS, { namespace, labelSelector: 'making in (x,z)' }, { gracePeriodSeconds: 1 });
  const { items } = await client.list(PODS, { namespace });
  expect(
    items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name),
  ).toEqual(['b']);
  expect(server.requests.entries.find(({ verb }) => verb === 'deletecollection')).toMatchObject({
    resource: 'pods',
    namespace,
  });
  const before = server.requests.entries.length;
  await expect(client.deleteCollection(PODS, { namespace, labelSelector: ' ' })).rejects.toThrow('nothing was sent');
  expect(server.requests.entries).toHaveLength(before);
});

test('objects: applied, patched, read, deleted, and gone', async () => {
  const { client, server } = await withClient();
  const made = await client.apply(WIDGETS, { metadata: { name: 'w' }, spec: { color: 'red' } });
  expect(made).toMatchObject({ spec: { color: 'red', size: 3 }, metadata: { generation: 1 } });
  await client.apply(WIDGETS, { metadata: { name: 'w' }, status: { phase: 'x' } }, { subresource: 'status' });
  await client.mergePatch(WIDGETS, { name: 'w' }, { spec: { color: 'green' } });
  expect(await client.get(WIDGETS, { name: 'w' })).toMatchObject({ spec: { color: 'green' }, status: { phase: 'x' } });
  expect(await client.delete(WIDGETS, { name: 'w' }, { uid: 'another' })).toBe('gone');
  expect(await client.delete(WIDGETS, { name: 'w' }, { uid: made.metadata.uid ?? '' })).toBe('deleted');
  expect(await client.delete(WIDGETS, { name: 'w' })).toBe('gone');
  expect(await client.get(WIDGETS, { name: 'w' })).toBeUndefined();
  expect(server.requests.entries.at(-1)).toMatchObject({
    user: 'operator',
    userAgent: expect.stringContaining('operator/1') as string,
  });
});

test('lists: every page of the same moment', async () => {
  const { client, store, server } = await withClient();
  for (const name of ['a', 'b', 'c']) store.create(NODES, { metadata: { name } });
  const { items, resourceVersion } = await client.list(NODES, { pageSize: 2 });
  expect(items.map((node) => node.metadata.name)).toEqual(['a', 'b', 'c']);
  expect(resourceVersion).toBe(String(store.revision));
  expect(server.requests.countBy((request) => request.verb, { resource: 'nodes' })).toEqual(new Map([['list', 2]]));
});

test('refusals: conflicts and invalid objects', async () => {
  const { client } = await withClient();
  const made = await client.create(CONFIG_MAPS, { metadata: { name: 'c', namespace: 'kube-system' } });
  await client.mergePatch(CONFIG_MAPS, { name: 'c', namespace: 'kube-system' }, { data: { a: 'b' } });
  await expect(client.replace(CONFIG_MAPS, made)).rejects.toThrow('the object has been modified');
  await expect(client.apply(WIDGETS, { metadata: { name: 'w' }, spec: { color: 'blue' } })).rejects.toThrow(
    'Unsupported value: "blue"',
  );
});

test('pods: logs and ports', async () => {
  const { client, store } = await withClient();
  const pod = { name: 'p', namespace: 'kube-system' };
  store.create(PODS, { metadata: pod, spec: { nodeName: 'n1', containers: [{ name: 'c' }] } } as KubeObject);
  expect(await client.podLog(pod, { previous: true, tailLines: 5 })).toBe('before 5\n');
  const stream = await client.portForward(pod, 80, { timeout: 5000 });
  stream.write('echo');
  const [data] = (await once(stream, 'data')) as [Buffer];
  expect(data.toString()).toBe('echo');
  stream.destroy();
  await expect(client.portForward(pod, 81, { timeout: 5000 })).rejects.toThrow('connection refused');
});

test('pods: commands', async () => {
  const { client, server, store } = await withClient();
  const pod = { name: 'p', namespace: 'kube-system' };
  store.create(PODS, { metadata: pod, spec: { nodeName: 'n1', containers: [{ name: 'c' }] } } as KubeObject);
  const limits = { timeout: 5000, maxOutput: 1000 };
  expect(await client.exec(pod, { ...limits, command: ['shout', 'a', 'b&c=d'], stdin: 'é' })).toEqual({
    kind: 'exited',
    code: 2,
    stdout: 'A B&C=D É',
    stderr: 'careful',
    truncated: false,
  });
  await expect(client.exec(pod, { ...limits, command: ['whisper'] })).rejects.toThrow(
    'exec: "whisper": executable file not found in $PATH',
  );
  server.deny({ verb: 'create', resource: 'pods/exec' });
  await expect(client.exec(pod, { ...limits, command: ['shout'] })).rejects.toThrow(
    'User "operator" cannot create resource "pods/exec" in API group ""',
  );
});
