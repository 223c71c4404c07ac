import { describe, expect, test } from 'vitest';
import { CONFIG_MAPS, NODES, PODS } from '../types.ts';
import { APPLY, JSON_PATCH, MERGE, STRATEGIC, testServer } from './testing-server.ts';

const CMS = '/api/v1/namespaces/kube-system/configmaps';
const cm = (name: string, data: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });

describe('objects', () => {
  test('are created, read, replaced, patched and deleted', async () => {
    const { send, get } = await testServer();
    const made = await send('POST', CMS, cm('a', { k: '1' }));
    expect(made).toMatchObject({
      status: 201,
      body: { kind: 'ConfigMap', metadata: { name: 'a', namespace: 'kube-system' }, data: { k: '1' } },
    });
    expect(await send('PUT', `${CMS}/a`, { ...made.body, data: { k: '2' } })).toMatchObject({
      status: 200,
      body: { data: { k: '2' } },
    });
    expect(await send('PATCH', `${CMS}/a`, { data: { l: '3' } }, MERGE)).toMatchObject({
      body: { data: { k: '2', l: '3' } },
    });
    expect(await send('PATCH', `${CMS}/a`, { data: { l: null } }, STRATEGIC)).toMatchObject({
      body: { data: { k: '2' } },
    });
    expect(await send('PATCH', `${CMS}/a`, [{ op: 'replace', path: '/data/k', value: '4' }], JSON_PATCH)).toMatchObject(
      { body: { data: { k: '4' } } },
    );
    expect((await get(`${CMS}/a`)).body).toMatchObject({ data: { k: '4' } });
    expect(await send('DELETE', `${CMS}/a`)).toMatchObject({
      status: 200,
      body: { kind: 'Status', status: 'Success', details: { name: 'a' } },
    });
    expect(await get(`${CMS}/a`)).toMatchObject({
      status: 404,
      body: { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404, message: 'configmaps "a" not found' },
    });
  });

  test('a write that changes nothing does not bump the resourceVersion', async () => {
    const { send } = await testServer();
    const made = await send('POST', CMS, cm('a', { k: '1' }));
    const again = await send('PUT', `${CMS}/a`, made.body);
    const patched = await send('PATCH', `${CMS}/a`, { data: { k: '1' } }, MERGE);
    expect([again.body, patched.body]).toEqual([made.body, made.body]);
  });

  test('a resourceVersion in the object is a precondition', async () => {
    const { send } = await testServer();
    const made = await send('POST', CMS, cm('a'));
    await send('PATCH', `${CMS}/a`, { data: { k: '1' } }, MERGE);
    const message =
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again';
    expect(await send('PUT', `${CMS}/a`, made.body)).toMatchObject({
      status: 409,
      body: { reason: 'Conflict', message },
    });
    const stale = { metadata: { resourceVersion: '1' }, data: { k: '2' } };
    expect(await send('PATCH', `${CMS}/a`, stale, MERGE)).toMatchObject({ status: 409, body: { message } });
    expect(await send('PATCH', `${CMS}/a`, { metadata: { uid: 'other' } }, MERGE)).toMatchObject({
      status: 422,
      body: { message: 'ConfigMap "a" is invalid: metadata.uid: Invalid value: "other": field is immutable' },
    });
    const uid = '11111111-2222-3333-4444-555555555555';
    expect(await send('PUT', `${CMS}/a`, { ...cm('a'), metadata: { name: 'a', uid } })).toMatchObject({
      status: 409,
      body: { message: expect.stringContaining(`Precondition failed: UID in precondition: ${uid}`) as string },
    });
    expect(await send('PUT', `${CMS}/a`, cm('a', { k: '5' }))).toMatchObject({
      status: 200,
      body: { data: { k: '5' } },
    });
  });

  test('dry runs answer and change nothing', async () => {
    const { send, store } = await testServer();
    expect(await send('POST', `${CMS}?dryRun=All`, cm('a'))).toMatchObject({ status: 201 });
    await send('POST', CMS, cm('a', { k: '1' }));
    expect(await send('PATCH', `${CMS}/a?dryRun=All`, { data: { k: '2' } }, MERGE)).toMatchObject({
      body: { data: { k: '2' } },
    });
    await send('DELETE', `${CMS}/a?dryRun=All`);
    expect(store.get(CONFIG_MAPS, { name: 'a', namespace: 'kube-system' })).toMatchObject({ data: { k: '1' } });
  });

  test.each([
    [
      'a namespace that is not there',
      '/api/v1/namespaces/none/configmaps',
      cm('a'),
      404,
      'namespaces "none" not found',
    ],
    [
      'another namespace than the URL says',
      CMS,
      { metadata: { name: 'a', namespace: 'x' } },
      400,
      'the namespace of the provided object does not match',
    ],
    ['no name', CMS, { metadata: {} }, 422, 'metadata.name: Required value: name or generateName is required'],
    [
      'a name that is none',
      CMS,
      cm('A_b'),
      422,
      'metadata.name: Invalid value: "A_b": a lowercase RFC 1123 subdomain must consist of',
    ],
    ['another kind', CMS, { ...cm('a'), kind: 'Secret' }, 400, 'cannot be handled as a ConfigMap'],
    [
      'another version',
      CMS,
      { ...cm('a'), apiVersion: 'v2' },
      400,
      'the API version in the data (v2) does not match the expected API version (v1)',
    ],
    ['no object', CMS, [], 400, 'the object provided is unrecognized'],
  ])('POST with %s is refused', async (_, path, body, status, message) => {
    const { send } = await testServer();
    const reply = await send('POST', path, body);
    expect(reply).toMatchObject({ status, body: { message: expect.stringContaining(message) as string } });
  });

  test('unknown paths, resources, subresources and methods are refused as the API does', async () => {
    const { send, get } = await testServer();
    for (const path of ['/apis/none/v1/things', '/nope']) {
      expect(await get(path)).toMatchObject({ status: 404, body: { text: '404 page not found\n' } });
    }
    for (const path of ['/api/v1/secrets', '/api/v1/nodes/n1/proxy', '/api/v1/configmaps/a']) {
      expect(await get(path)).toMatchObject({
        status: 404,
        body: { message: 'the server could not find the requested resource' },
      });
    }
    expect(await send('PUT', CMS, cm('a'))).toMatchObject({ status: 405 });
    expect(await send('POST', '/api/v1/configmaps', cm('a'))).toMatchObject({ status: 405 });
    expect(await send('PATCH', `${CMS}/a`, {}, { 'content-type': 'text/plain' })).toMatchObject({ status: 404 });
    expect(await send('POST', CMS, 'x', { 'content-type': 'application/vnd.kubernetes.protobuf' })).toMatchObject({
      status: 415,
    });
    expect(await get(CMS, { accept: 'application/xml' })).toMatchObject({ status: 406 });
  });
});

describe('deletion', () => {
  test('asks for preconditions, grace periods and propagation', async () => {
    const { send, store } = await testServer();
    const pod = store.create(PODS, {
      metadata: { name: 'p', namespace: 'kube-system' },
      spec: { nodeName: 'n1' },
    } as never);
    const path = '/api/v1/namespaces/kube-system/pods/p';
    expect(await send('DELETE', path, { preconditions: { uid: 'other' } })).toMatchObject({
      status: 409,
      body: {
        message: expect.stringContaining(
          'the UID in the precondition (other) does not match the UID in record',
        ) as string,
      },
    });
    const reply = await send('DELETE', path, { gracePeriodSeconds: 1, preconditions: { uid: pod.metadata.uid } });
    expect(reply).toMatchObject({ status: 200, body: { kind: 'Pod', metadata: { deletionGracePeriodSeconds: 1 } } });
    expect(await send('DELETE', `${path}?gracePeriodSeconds=0`)).toMatchObject({ status: 200, body: { kind: 'Pod' } });
    expect(await send('DELETE', path)).toMatchObject({ status: 404 });
  });

  test('finalizers hold the object; they can go but not come', async () => {
    const { send } = await testServer();
    await send('POST', CMS, { metadata: { name: 'a', finalizers: ['x/y'] } });
    expect(await send('DELETE', `${CMS}/a`)).toMatchObject({
      body: { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
    });
    expect(await send('PATCH', `${CMS}/a`, { metadata: { finalizers: ['x/y', 'z/z'] } }, MERGE)).toMatchObject({
      status: 422,
      body: { message: expect.stringContaining('found new finalizers []string{"z/z"}') as string },
    });
    await send('PATCH', `${CMS}/a`, { metadata: { finalizers: null } }, MERGE);
    expect(await send('GET', `${CMS}/a`)).toMatchObject({ status: 404 });
  });

  test('collections go by selector', async () => {
    const { send, get } = await testServer();
    for (const name of ['a', 'b']) await send('POST', CMS, { metadata: { name, labels: { name } } });
    await send('DELETE', `${CMS}?labelSelector=name%3Da`);
    expect((await get(CMS)).body['items']).toMatchObject([{ metadata: { name: 'b' } }]);
  });
});

describe('status', () => {
  test('of a built-in kind is written only through the subresource', async () => {
    const { send, store } = await testServer();
    store.create(NODES, { metadata: { name: 'n1' }, spec: { podCIDR: 'x' }, status: { phase: 'a' } } as never);
    expect(await send('PATCH', '/api/v1/nodes/n1', { status: { phase: 'b' } }, MERGE)).toMatchObject({
      body: { status: { phase: 'a' } },
    });
    const conditions = [{ type: 'Ready', status: 'True' }];
    await send('PATCH', '/api/v1/nodes/n1/status', { spec: { podCIDR: 'y' }, status: { conditions } }, STRATEGIC);
    await send(
      'PATCH',
      '/api/v1/nodes/n1/status',
      { status: { conditions: [{ type: 'Disk', status: 'False' }] } },
      STRATEGIC,
    );
    expect(store.get(NODES, { name: 'n1' })).toMatchObject({
      spec: { podCIDR: 'x' },
      status: { phase: 'a', conditions: [{ type: 'Disk' }, { type: 'Ready' }] },
    });
  });
});

describe('access', () => {
  test('denied requests are told so in the words of RBAC, other users and verbs are not', async () => {
    const { server, send, get } = await testServer();
    await send('POST', CMS, cm('a'));
    const allow = server.deny({ verb: 'get', resource: 'configmaps', user: 'operator' });
    const asOperator = { authorization: 'Bearer operator' };
    expect(await get(`${CMS}/a`, asOperator)).toMatchObject({
      status: 403,
      body: {
        reason: 'Forbidden',
        message:
          'configmaps "a" is forbidden: User "operator" cannot get resource "configmaps" in API group "" in the namespace "kube-system"',
      },
    });
    expect((await get(`${CMS}/a`)).status).toBe(200);
    expect((await get(CMS, asOperator)).status).toBe(200);
    allow();
    expect((await get(`${CMS}/a`, asOperator)).status).toBe(200);
  });
});

describe('the request log', () => {
  test('tells who did what, and counts', async () => {
    const { server, send, get } = await testServer();
    await send('POST', CMS, cm('a'));
    await send('POST', '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases', { metadata: { name: 'l' } });
    await get(`${CMS}/none`);
    await send('PATCH', `${CMS}/a?fieldManager=m`, JSON.stringify(cm('a')), APPLY);
    expect(
      server.requests
        .writes()
        .map((request) => `${request.verb} ${request.resource}/${request.name} ${request.status}`),
    ).toEqual(['create configmaps/undefined 201', 'patch configmaps/a 200']);
    expect(server.requests.countBy((request) => `${request.verb} ${request.status}`)).toEqual(
      new Map([
        ['create 201', 2],
        ['get 404', 1],
        ['patch 200', 1],
      ]),
    );
    expect(server.requests.entries[0]).toMatchObject({
      user: 'kubernetes-admin',
      userAgent: 'tests/1',
      at: Date.parse('2026-01-01T00:00:00Z'),
    });
  });
});
