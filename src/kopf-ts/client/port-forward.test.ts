import { Agent, createServer, get as httpGet, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError, ConnectionDestroyed } from '../errors.ts';
import { statusAnswer } from '../testing/fake-api-server.ts';
import { servePortForward, type FakePortForward } from '../testing/fake-port-forward.ts';
import { startFixture, type Fixture } from '../testing/fixture.ts';
import { until } from '../testing/until.ts';

const POD = { name: 'kube-proxy-x', namespace: 'kube-system' };

describe('port forwarding', () => {
  let fixture: Fixture;
  let kubelet: FakePortForward;
  let pod: Server;
  let connections: number;
  beforeEach(async () => {
    fixture = await startFixture();
    kubelet = servePortForward(fixture.server.http);
    connections = 0;
    pod = createServer((request, response) =>
      response.end(request.url === '/big' ? 'x'.repeat(5_000_000) : 'nftables'),
    );
    pod.on('connection', () => (connections += 1));
    pod.listen(0, '127.0.0.1');
    await once(pod, 'listening');
    kubelet.behaviour = { kind: 'dial', port: (pod.address() as AddressInfo).port };
  });
  afterEach(async () => {
    pod.closeAllConnections();
    pod.close();
    for (const socket of kubelet.sockets) socket.terminate();
    await fixture.close();
  });

  const open = (options: { signal?: AbortSignal; timeout?: number } = {}): Promise<Duplex> =>
    fixture.connection.client.portForward(POD, 10249, { timeout: 2000, ...options });
  async function fetchOver(agent: Agent, path: string): Promise<string> {
    const request = httpGet({ path, agent, host: 'localhost' });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return text(response);
  }
  async function failure(promise: Promise<unknown>): Promise<ApiError> {
    const error: unknown = await promise.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    if (error instanceof ApiError) return error;
    throw new Error('expected an ApiError', { cause: error });
  }

  it('carries several HTTP requests over one stream, large answers included', async () => {
    const stream = await open();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agent.createConnection = () => stream;
    expect(await fetchOver(agent, '/proxyMode')).toBe('nftables');
    expect(await fetchOver(agent, '/big')).toHaveLength(5_000_000);
    expect(await fetchOver(agent, '/proxyMode')).toBe('nftables');
    expect(connections).toBe(1);
    expect(kubelet.targets).toEqual(['/api/v1/namespaces/kube-system/pods/kube-proxy-x/portforward?ports=10249']);
    agent.destroy();
    await until(() => kubelet.sockets.values().next().value?.readyState === 3);
  });

  it('rejects with the kubelet’s words when nothing listens on the port', async () => {
    kubelet.behaviour = { kind: 'error', message: 'dial tcp4 127.0.0.1:10249: connect: connection refused' };
    expect((await failure(open())).message).toBe(
      'cannot create pods/portforward "kube-proxy-x" in namespace "kube-system": dial tcp4 127.0.0.1:10249: connect: connection refused',
    );
  });

  it('rejects when the API server refuses it, with the Status it sent', async () => {
    const body = JSON.stringify(statusAnswer(403, 'Forbidden', 'pods "x" is forbidden').body);
    kubelet.behaviour = { kind: 'refuse', status: 403, body };
    expect(await failure(open())).toMatchObject({ status: 403, reason: 'Forbidden', resource: 'pods/portforward' });
  });

  it('rejects with the beginning of a refusal that is not a Status but a flood', async () => {
    kubelet.behaviour = { kind: 'refuse', status: 502, body: 'x'.repeat(4 * 1024 * 1024) };
    const error = await failure(open());
    expect(error).toMatchObject({ status: 502, reason: 'HTTP 502' });
    expect(error.message.length).toBeLessThan(400);
  });

  it('ends the stream at a message no kubelet sends', async () => {
    const stream = await open();
    for (const socket of kubelet.sockets) socket.send(Buffer.alloc(2 * 1024 * 1024));
    await until(() => stream.destroyed);
    expect(stream.errored?.message).toBe('Max payload size exceeded');
  });

  it('refuses a pod that cannot be named in a URL, and sends nothing', async () => {
    const { client } = fixture.connection;
    await expect(client.portForward({ ...POD, name: '..' }, 10249, { timeout: 2000 })).rejects.toThrow(
      'nothing was sent',
    );
    expect(kubelet.targets).toEqual([]);
  });

  it('rejects after its time-out when no channel opens', async () => {
    kubelet.behaviour = { kind: 'silent' };
    expect(await failure(open({ timeout: 30 }))).toMatchObject({ reason: 'Timeout' });
    await until(() => [...kubelet.sockets].every((socket) => socket.readyState === 3));
  });

  it('rejects when the other side hangs up before the stream is usable', async () => {
    kubelet.behaviour = { kind: 'hang up' };
    expect((await failure(open())).message).toContain('closed before it was usable');
  });

  it('rejects when the API server is not there', async () => {
    await fixture.server.close();
    expect((await failure(open())).message).toContain('ECONNREFUSED');
  });

  it('lets requests over it time out', async () => {
    pod.removeAllListeners('request');
    const stream = await open();
    const request = httpGet({ path: '/', createConnection: () => stream });
    request.setTimeout(20);
    await once(request, 'timeout');
    request.destroy(new Error('too slow'));
    await expect(once(request, 'response')).rejects.toThrow('too slow');
  });

  it('ends the stream when the pod closes its connection', async () => {
    const stream = await open();
    stream.write('GET / HTTP/1.0\r\n\r\n');
    expect(await text(stream)).toContain('nftables');
    if (!stream.closed) await once(stream, 'close');
    expect(stream.destroyed).toBe(true);
  });

  it('does not crash on writes after the other side has gone', async () => {
    const stream = await open();
    for (const socket of kubelet.sockets) socket.terminate();
    await once(stream.resume(), 'close');
    const error = await new Promise((resolve) => stream.write('more', resolve));
    expect(error).toBeInstanceOf(Error);
  });

  it('does not crash when nobody listens to an error that comes later', async () => {
    const stream = await open();
    for (const socket of kubelet.sockets) socket.send(Buffer.from('\u0001lost connection to pod'));
    await until(() => stream.destroyed);
    expect(stream.errored?.message).toBe('lost connection to pod');
  });

  it('ends with the signal, while dialling and afterwards', async () => {
    const abort = new AbortController();
    const stream = await open({ signal: abort.signal });
    kubelet.behaviour = { kind: 'silent' };
    const dialling = failure(open({ signal: abort.signal }));
    await until(() => kubelet.sockets.size === 2);
    abort.abort(new Error('enough'));
    expect((await dialling).message).toContain('enough');
    expect(stream.errored?.message).toBe('enough');
  });

  it('ends when the connection is destroyed, and opens no more', async () => {
    const stream = await open();
    fixture.connection.destroy();
    expect(stream.errored).toBeInstanceOf(ConnectionDestroyed);
    expect((await failure(open())).cause).toBeInstanceOf(ConnectionDestroyed);
  });
});
