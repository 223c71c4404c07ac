import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { createServer, connect, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { KubeConfig, PortForward } from '@kubernetes/client-node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { type NodeBackend, PODS } from '../types.ts';
import { readBody } from './body.ts';
import { testServer, type TestServer } from './testing-server.ts';

const PATH = '/api/v1/namespaces/kube-system/pods/p/portforward';

/** Port 80 of every pod echoes in capitals and hangs up; nothing else listens. */
async function echoingBackend(): Promise<NodeBackend> {
  const server = createServer((socket) => socket.on('data', (data) => socket.end(data.toString().toUpperCase())));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const { port: target } = server.address() as AddressInfo;
  return {
    log(_, options) {
      if (options.previous) throw new Error('previous terminated container "kube-proxy" in pod "p" not found');
      return ['one', 'two', 'three'].slice(-(options.tailLines ?? 3)).join('\n') + '\n';
    },
    async dial(_, port) {
      if (port !== 80)
        throw new Error(`failed to connect to localhost:${port} inside namespace "x": connection refused`);
      const socket = connect(target, '127.0.0.1');
      await once(socket, 'connect');
      return socket;
    },
    exec: () => Promise.reject(new Error('nothing is run here')),
  };
}

async function withPod(): Promise<TestServer> {
  const server = await testServer({ backend: await echoingBackend() });
  const spec = { nodeName: 'n1', containers: [{ name: 'kube-proxy' }] };
  server.store.create(PODS, { metadata: { name: 'p', namespace: 'kube-system' }, spec } as never);
  return server;
}

function open(
  { server }: TestServer,
  query: string,
): { socket: WebSocket; messages: () => readonly string[]; closed: Promise<unknown> } {
  const socket = new WebSocket(server.url.replace('http', 'ws') + PATH + query, [
    'v5.channel.k8s.io',
    'v4.channel.k8s.io',
  ]);
  const messages: Buffer[] = [];
  socket.on('message', (data: Buffer) => messages.push(data));
  return {
    socket,
    closed: once(socket, 'close'),
    messages: () => messages.map((data) => `${data[0]}: ${data.subarray(1).toString('latin1')}`),
  };
}

describe('a port-forward', () => {
  test('opens both channels with the port and carries bytes both ways', async () => {
    const server = await withPod();
    const { socket, messages, closed } = open(server, '?ports=80');
    await once(socket, 'open');
    expect(socket.protocol).toBe('v4.channel.k8s.io');
    socket.send(Buffer.from('\0hello'));
    await closed;
    expect(messages().slice(0, 2)).toEqual(['0: P\0', '1: P\0']);
    expect(messages()[2]).toBe('0: HELLO');
    expect(server.server.requests.entries.at(-1)).toMatchObject({
      verb: 'get',
      resource: 'pods',
      subresource: 'portforward',
    });
  });

  test('to a port where nothing listens says so on the error channel', async () => {
    const server = await withPod();
    const { messages, closed } = open(server, '?ports=10249');
    await closed;
    expect(messages()[2]).toMatch(
      /^1: error forwarding port 10249 to pod p_kube-system, uid [0-9a-f-]+: failed to connect to localhost:10249 inside namespace "x": connection refused$/,
    );
  });

  test('works with the official client', async () => {
    const server = await withPod();
    const config = new KubeConfig();
    config.loadFromString(server.server.kubeconfig('operator'));
    const [output, errors, input] = [new PassThrough(), new PassThrough(), new PassThrough()];
    await new PortForward(config).portForward('kube-system', 'p', [80], output, errors, input);
    input.write('hi');
    const [data] = (await once(output, 'data')) as [Buffer];
    expect(data.toString()).toBe('HI');
    expect(server.server.requests.entries.at(-1)?.user).toBe('operator');
  });

  test.each([
    ['a missing pod', PATH.replace('/p/', '/none/'), '?ports=80', 404],
    ['no ports', PATH, '', 400],
    ['what is no port', PATH, '?ports=http', 400],
    ['another subresource', PATH.replace('portforward', 'exec'), '?ports=80', 400],
  ])('%s is refused', async (_, path, query, status) => {
    const { server } = await withPod();
    const socket = new WebSocket(server.url.replace('http', 'ws') + path + query);
    const [error] = (await once(socket, 'error')) as [Error];
    expect(error.message).toBe(`Unexpected server response: ${status}`);
  });

  test('needs the verb create as well', async () => {
    const server = await withPod();
    server.server.deny({ verb: 'create', resource: 'pods/portforward' });
    const { socket } = open(server, '?ports=80');
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    expect(JSON.parse(await readBody(response))).toHaveProperty(
      'message',
      'pods "p" is forbidden: User "kubernetes-admin" cannot create resource "pods/portforward" in API group "" in the namespace "kube-system"',
    );
  });
});

describe('a pod log', () => {
  const LOG = '/api/v1/namespaces/kube-system/pods/p/log';

  test('is asked of the world behind the server', async () => {
    const { get } = await withPod();
    expect((await get(LOG)).body).toEqual({ text: 'one\ntwo\nthree\n' });
    expect((await get(`${LOG}?tailLines=1`)).body).toEqual({ text: 'three\n' });
    expect((await get(`${LOG}?limitBytes=5`)).body).toEqual({ text: 'one\nt' });
  });

  test('that cannot be read is a 400 with the reason', async () => {
    const { get } = await withPod();
    expect(await get(`${LOG}?previous=true`)).toMatchObject({
      status: 400,
      body: { message: 'previous terminated container "kube-proxy" in pod "p" not found' },
    });
    expect(await get(`${LOG}?container=nope`)).toMatchObject({
      status: 400,
      body: { message: 'container nope is not valid for pod p' },
    });
    expect(await get(LOG.replace('/p/', '/none/'))).toMatchObject({ status: 404 });
  });
});
