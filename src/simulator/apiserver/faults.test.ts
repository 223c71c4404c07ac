import { describe, expect, test } from 'vitest';
import { CONFIG_MAPS } from '../types.ts';
import { settled } from './testing.ts';
import { MERGE, testServer, type TestServer } from './testing-server.ts';

const CMS = '/api/v1/namespaces/kube-system/configmaps';
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
const exists = ({ store }: TestServer, name: string) =>
  store.get(CONFIG_MAPS, { name, namespace: 'kube-system' }) !== undefined;
const post = ({ send }: TestServer, name: string, userAgent = 'operator/1') =>
  send('POST', CMS, { metadata: { name } }, { 'user-agent': userAgent });

describe('faults on the nth write', () => {
  test('before it: nothing is applied and the connection is gone', async () => {
    const server = await testServer();
    const seen: (string | undefined)[] = [];
    const fault = server.server.faults.add({
      kind: 'before',
      nth: 2,
      match: { userAgent: 'operator' },
      call: (request) => {
        seen.push(request.verb);
        return true;
      },
    });
    await post(server, 'a');
    await post(server, 'x', 'kubectl/1');
    await server.send('POST', LEASES, { metadata: { name: 'l' } }, { 'user-agent': 'operator/1' });
    await expect(post(server, 'b')).rejects.toThrow('fetch failed');
    await post(server, 'c');
    expect([exists(server, 'a'), exists(server, 'b'), exists(server, 'c')]).toEqual([true, false, true]);
    expect([seen, fault.fired]).toEqual([['create'], 1]);
    expect(server.server.requests.writes({ userAgent: 'operator' }).map((request) => request.status)).toEqual([
      201, 0, 201,
    ]);
  });

  test('before it, when the hook says no: it goes on', async () => {
    const server = await testServer();
    server.server.faults.add({ kind: 'before', call: () => false });
    expect(await post(server, 'a')).toMatchObject({ status: 201 });
  });

  test('after it: applied, then the hook, then the answer', async () => {
    const server = await testServer();
    const order: string[] = [];
    server.server.faults.add({
      kind: 'after',
      call: async () => {
        order.push(`applied: ${exists(server, 'a')}`);
        await settled();
        order.push('hook done');
      },
    });
    await post(server, 'a').then(() => order.push('answered'));
    expect(order).toEqual(['applied: true', 'hook done', 'answered']);
  });

  test('with the answer lost: applied, and the client does not know', async () => {
    const server = await testServer();
    server.server.faults.add({ kind: 'lostReply' });
    await expect(post(server, 'a')).rejects.toThrow('fetch failed');
    expect(exists(server, 'a')).toBe(true);
  });

  test('dropped on the way, of one resource that is named', async () => {
    const server = await testServer();
    server.server.faults.add({ kind: 'dropped', match: { resource: 'leases' } });
    await post(server, 'a');
    await expect(server.send('POST', LEASES, { metadata: { name: 'l' } })).rejects.toThrow('fetch failed');
  });
});

describe('answers that are refusals', () => {
  test('come as often as asked for, with Retry-After', async () => {
    const server = await testServer();
    server.server.faults.add({ kind: 'reply', status: 429, retryAfter: 2, times: 2, match: { verb: ['list', 'get'] } });
    const first = await server.get(CMS);
    expect(first).toMatchObject({
      status: 429,
      body: { reason: 'TooManyRequests', details: { retryAfterSeconds: 2 } },
    });
    expect(first.headers.get('retry-after')).toBe('2');
    expect(await post(server, 'a')).toMatchObject({ status: 201 });
    expect(await server.get(`${CMS}/a`)).toMatchObject({ status: 429 });
    expect(await server.get(CMS)).toMatchObject({ status: 200 });
  });

  test('a refused write is not applied, and status subresources are matched by name', async () => {
    const server = await testServer();
    server.server.faults.add({ kind: 'reply', status: 503, match: { verb: 'patch', resource: 'nodes/status' } });
    server.store.create(
      { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false },
      { metadata: { name: 'n' } },
    );
    expect(await server.send('PATCH', '/api/v1/nodes/n', { metadata: { labels: { a: 'b' } } }, MERGE)).toMatchObject({
      status: 200,
    });
    expect(await server.send('PATCH', '/api/v1/nodes/n/status', { status: { a: 1 } }, MERGE)).toMatchObject({
      status: 503,
    });
  });
});

test('a held request waits until it is let go', async () => {
  const server = await testServer();
  const gate = Promise.withResolvers<void>();
  server.server.faults.add({ kind: 'hold', until: gate.promise, match: { verb: 'list' } });
  const list = server.get(CMS);
  await post(server, 'a');
  gate.resolve();
  expect((await list).body['items']).toHaveLength(1);
});

test('disarmed and cleared faults do nothing', async () => {
  const server = await testServer();
  server.server.faults.add({ kind: 'reply', status: 500 }).disarm();
  server.server.faults.add({ kind: 'reply', status: 500 });
  server.server.faults.clear();
  expect(await post(server, 'a')).toMatchObject({ status: 201 });
});
