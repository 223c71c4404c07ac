import { describe, expect, test } from 'vitest';
import { NODES, PODS } from '../types.ts';
import { TABLE, testServer } from './testing-server.ts';

const CMS = '/api/v1/namespaces/kube-system/configmaps';
const cm = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

describe('lists', () => {
  test('come in consistent pages', async () => {
    const { send, get } = await testServer();
    for (const name of ['a', 'b', 'c']) await send('POST', CMS, cm(name));
    const first = await get(`${CMS}?limit=2`);
    await send('POST', CMS, cm('bb'));
    const metadata = first.body['metadata'] as Record<string, string>;
    expect(first.body).toMatchObject({
      kind: 'ConfigMapList',
      metadata: { remainingItemCount: 1 },
      items: [{ metadata: { name: 'a' } }, {}],
    });
    const second = await get(`${CMS}?limit=2&continue=${metadata['continue']}`);
    expect(second.body).toMatchObject({
      metadata: { resourceVersion: metadata['resourceVersion'] },
      items: [{ metadata: { name: 'c' } }],
    });
    expect(second.body['metadata']).not.toHaveProperty('continue');
  });

  test('a continue token dies with a compaction', async () => {
    const { send, get, store } = await testServer();
    for (const name of ['a', 'b']) await send('POST', CMS, cm(name));
    const first = await get(`${CMS}?limit=1`);
    await send('POST', CMS, cm('c'));
    store.compact();
    const { continue: token } = first.body['metadata'] as Record<string, string>;
    expect(await get(`${CMS}?limit=1&continue=${token}`)).toMatchObject({ status: 410, body: { reason: 'Expired' } });
    expect(await get(`${CMS}?continue=rubbish`)).toMatchObject({ status: 400 });
  });

  test('items of built-in kinds carry no kind, as in the real API', async () => {
    const { send, get } = await testServer();
    await send('POST', CMS, cm('a'));
    const items = (await get('/api/v1/configmaps')).body['items'] as readonly object[];
    expect(items[0]).not.toHaveProperty('kind');
  });

  test('are selected by label and field', async () => {
    const { store, get } = await testServer();
    for (const name of ['a', 'b']) {
      const metadata = { name, namespace: 'kube-system', labels: { app: name } };
      store.create(PODS, { metadata, spec: { nodeName: `node-${name}` } } as never);
    }
    const names = async (query: string) =>
      ((await get(`/api/v1/pods?${query}`)).body['items'] as { metadata: { name: string } }[]).map(
        (item) => item.metadata.name,
      );
    expect(await names('labelSelector=app%3Da')).toEqual(['a']);
    expect(await names('fieldSelector=spec.nodeName%3Dnode-b')).toEqual(['b']);
    expect(await names('fieldSelector=metadata.name%3Db')).toEqual(['b']);
    expect(await get('/api/v1/pods?fieldSelector=spec.foo%3Dx')).toMatchObject({
      status: 400,
      body: { message: 'field label not supported: spec.foo' },
    });
  });

  test('of the future are refused', async () => {
    const { get } = await testServer();
    expect(await get(`${CMS}?resourceVersion=999`)).toMatchObject({ status: 504, body: { reason: 'Timeout' } });
  });

  test('as a Table have the columns people look at', async () => {
    const { store, get } = await testServer();
    const metadata = { name: 'n1', labels: { 'node-role.kubernetes.io/control-plane': '' } };
    const status = { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { kubeletVersion: 'v1.36.0' } };
    store.create(NODES, { metadata, spec: { unschedulable: true }, status } as never);
    store.clock.advance(90_000);
    const table = await get('/api/v1/nodes', TABLE);
    expect(table.body).toMatchObject({
      kind: 'Table',
      rows: [{ object: { kind: 'PartialObjectMetadata', metadata: { name: 'n1' } } }],
    });
    const [row] = table.body['rows'] as { cells: unknown[] }[];
    expect(row?.cells.slice(0, 5)).toEqual(['n1', 'Ready,SchedulingDisabled', 'control-plane', '90s', 'v1.36.0']);
  });
});
