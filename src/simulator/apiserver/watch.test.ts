import { describe, expect, test } from 'vitest';
import { CONFIG_MAPS, PODS } from '../types.ts';
import { settled } from './testing.ts';
import { TABLE, testServer, type TestServer } from './testing-server.ts';

const CMS = '/api/v1/namespaces/kube-system/configmaps';
const ref = (name: string) => ({ name, namespace: 'kube-system' });

function create({ store }: TestServer, name: string, labels: Record<string, string> = {}): void {
  store.create(CONFIG_MAPS, { metadata: { ...ref(name), labels } });
}

function relabel({ store }: TestServer, name: string, labels: Record<string, string>): void {
  store.update(CONFIG_MAPS, ref(name), (object) => ({ ...object, metadata: { ...object.metadata, labels } }));
}

describe('a watch', () => {
  test('from a version tells what happened since, in order, and goes on', async () => {
    const server = await testServer();
    create(server, 'a');
    const { resourceVersion } = (await server.get(CMS)).body['metadata'] as { resourceVersion: string };
    create(server, 'b');
    const watch = await server.watch(`${CMS}?watch=true&resourceVersion=${resourceVersion}`);
    relabel(server, 'a', { x: '1' });
    server.store.remove(CONFIG_MAPS, ref('a'));
    expect(await watch.take(3)).toEqual(['ADDED b', 'MODIFIED a', 'DELETED a']);
  });

  test('without a version begins with what is there', async () => {
    const server = await testServer();
    create(server, 'a');
    const watch = await server.watch(`${CMS}?watch=1`);
    create(server, 'b');
    expect(await watch.take(2)).toEqual(['ADDED a', 'ADDED b']);
  });

  test('with sendInitialEvents marks the end of what was there', async () => {
    const server = await testServer();
    create(server, 'a');
    const watch = await server.watch(
      `${CMS}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan`,
    );
    await watch.take(1);
    expect(await watch.next()).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
  });

  test('of a selection sees objects come and go as they match', async () => {
    const server = await testServer();
    create(server, 'a');
    create(server, 'b', { app: 'x' });
    const watch = await server.watch(
      `${CMS}?watch=true&labelSelector=app%3Dx&resourceVersion=${server.store.revision}`,
    );
    relabel(server, 'a', { app: 'x' });
    relabel(server, 'a', { app: 'x', more: 'y' });
    relabel(server, 'a', { app: 'z' });
    relabel(server, 'a', { app: 'zz' });
    server.store.remove(CONFIG_MAPS, ref('a'));
    server.store.remove(CONFIG_MAPS, ref('b'));
    const events = [await watch.next(), await watch.next(), await watch.next()];
    expect(events.map((event) => event?.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    // As it was when it still matched, at the version at which it left.
    expect(events[2]?.object).toMatchObject({ metadata: { labels: { app: 'x', more: 'y' } } });
    expect(await watch.take(1)).toEqual(['DELETED b']);
  });

  test('by field follows a pod onto its node', async () => {
    const server = await testServer();
    server.store.create(PODS, { metadata: ref('p') });
    const watch = await server.watch(
      `/api/v1/pods?watch=true&fieldSelector=spec.nodeName%3Dn1&resourceVersion=${server.store.revision}`,
    );
    server.store.update(PODS, ref('p'), (pod) => ({ ...pod, spec: { nodeName: 'n1' } }));
    expect(await watch.take(1)).toEqual(['ADDED p']);
  });

  test('from a version that is forgotten is told so on the stream, as the watch cache does', async () => {
    const server = await testServer({ historySize: 2 });
    for (const name of ['a', 'b', 'c', 'd']) create(server, name);
    const watch = await server.watch(`${CMS}?watch=true&resourceVersion=2`);
    expect(watch.status).toBe(200);
    expect(await watch.next()).toMatchObject({
      type: 'ERROR',
      object: {
        kind: 'Status',
        code: 410,
        reason: 'Expired',
        message: expect.stringMatching(/^too old resource version: 2 \(\d+\)$/) as string,
      },
    });
    expect(await watch.next()).toBeUndefined();
  });

  test('from a version of the future is silent until the present has caught up', async () => {
    const server = await testServer();
    const watch = await server.watch(`${CMS}?watch=true&resourceVersion=${server.store.revision + 1}`);
    create(server, 'a');
    create(server, 'b');
    expect(await watch.take(1)).toEqual(['ADDED b']);
  });

  test('with sendInitialEvents has to say of what age they may be', async () => {
    const { get } = await testServer();
    expect(await get(`${CMS}?watch=true&sendInitialEvents=true`)).toMatchObject({
      status: 422,
      body: {
        message:
          'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      },
    });
  });

  test('gets bookmarks when it asks for them: by the clock and on demand', async () => {
    const server = await testServer();
    const watch = await server.watch(
      `${CMS}?watch=true&allowWatchBookmarks=true&resourceVersion=${server.store.revision}`,
    );
    const other = await server.watch(`${CMS}?watch=true&resourceVersion=${server.store.revision}`);
    server.store.create(PODS, { metadata: ref('p') });
    server.server.bookmark();
    expect(await watch.take(1)).toEqual([`BOOKMARK ${server.store.revision}`]);
    server.store.clock.advance(60_000);
    expect(await watch.take(1)).toEqual([`BOOKMARK ${server.store.revision}`]);
    create(server, 'a');
    expect(await other.take(1)).toEqual(['ADDED a']);
  });

  test('ends after timeoutSeconds', async () => {
    const server = await testServer();
    const watch = await server.watch(`${CMS}?watch=true&timeoutSeconds=5&resourceVersion=${server.store.revision}`);
    server.store.clock.advance(5000);
    expect(await watch.next()).toBeUndefined();
  });

  test('as a Table tells each event as one row', async () => {
    const server = await testServer();
    create(server, 'a');
    const watch = await server.watch(`${CMS}?watch=true`, TABLE);
    expect(await watch.next()).toMatchObject({
      type: 'ADDED',
      object: { kind: 'Table', rows: [{ cells: ['a', 0, '0s'] }] },
    });
  });

  test('of one name is a watch of that object', async () => {
    const server = await testServer();
    const watch = await server.watch(`${CMS}/b?watch=true`);
    create(server, 'a');
    create(server, 'b');
    expect(await watch.take(1)).toEqual(['ADDED b']);
  });
});

describe('trouble with watches', () => {
  const open = (server: TestServer, more = '') =>
    server.watch(`${CMS}?watch=true&resourceVersion=${server.store.revision}${more}`);

  test('a frozen one is silent, and catches up when it is released', async () => {
    const server = await testServer();
    const frozen = await open(server);
    const release = server.server.faults.watches.freeze({ resource: 'configmaps', userAgent: 'tests' });
    const born = await open(server);
    create(server, 'a');
    const free = await server.watch(`${CMS}?watch=true&resourceVersion=${server.store.revision - 1}`, {
      'user-agent': 'other',
    });
    expect(await free.take(1)).toEqual(['ADDED a']);
    const early = await Promise.race([frozen.next(), born.next(), settled()]);
    expect(early).toBeUndefined();
    release();
    create(server, 'b');
    expect(await free.take(1)).toEqual(['ADDED b']);
  });

  test('what a frozen one missed comes in order', async () => {
    const server = await testServer();
    const watch = await open(server);
    const release = server.server.faults.watches.freeze();
    create(server, 'a');
    create(server, 'b');
    release();
    create(server, 'c');
    expect(await watch.take(3)).toEqual(['ADDED a', 'ADDED b', 'ADDED c']);
  });

  test('a cut one ends in the middle of a line', async () => {
    const server = await testServer();
    const watch = await open(server);
    expect(server.server.faults.watches.cut({ resource: 'pods' })).toBe(0);
    expect(server.server.faults.watches.cut({ resource: 'configmaps' })).toBe(1);
    await expect(watch.next()).rejects.toThrow('terminated');
  });

  test('an ended one ends properly', async () => {
    const server = await testServer();
    const watch = await open(server);
    expect(server.server.faults.watches.end()).toBe(1);
    expect(await watch.next()).toBeUndefined();
  });

  test('a stalled one stays silent for ever; later ones are well again once it is undone', async () => {
    const server = await testServer();
    const stalled = await open(server);
    const undo = server.server.faults.watches.stall();
    create(server, 'a');
    undo();
    const well = await server.watch(`${CMS}?watch=true`);
    expect(await well.take(1)).toEqual(['ADDED a']);
    expect(await Promise.race([stalled.next(), settled()])).toBeUndefined();
  });

  test('the next one can be told 410, both ways', async () => {
    const server = await testServer();
    server.server.faults.watches.expire('status', { resource: 'configmaps' });
    expect(await server.get(`${CMS}?watch=true&resourceVersion=1`)).toMatchObject({
      status: 410,
      body: { reason: 'Expired' },
    });
    server.server.faults.watches.expire('event');
    const watch = await open(server);
    expect(await watch.next()).toMatchObject({ type: 'ERROR', object: { code: 410 } });
    create(server, 'a');
    const next = await server.watch(`${CMS}?watch=true`);
    expect(await next.take(1)).toEqual(['ADDED a']);
  });

  test('an event can be hidden from one client', async () => {
    const server = await testServer();
    const blind = await open(server);
    const seeing = await server.watch(`${CMS}?watch=true`, { 'user-agent': 'other' });
    server.server.faults.watches.hide((event) => event.object.metadata.name === 'a', { userAgent: 'tests' });
    create(server, 'a');
    create(server, 'b');
    expect(await blind.take(1)).toEqual(['ADDED b']);
    expect(await seeing.take(2)).toEqual(['ADDED a', 'ADDED b']);
  });
});
