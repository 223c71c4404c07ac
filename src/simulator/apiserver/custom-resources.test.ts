import { describe, expect, test } from 'vitest';
import {
  APPLY,
  CRDS,
  JSON_PATCH,
  MERGE,
  STRATEGIC,
  TABLE,
  testServer,
  type TestServer,
  WIDGETS,
  WIDGETS_CRD,
} from './testing-server.ts';

async function withWidgets(): Promise<TestServer> {
  const server = await testServer();
  await server.send('POST', CRDS, WIDGETS_CRD);
  return server;
}

const widget = (spec: object, metadata: object = {}) => ({
  apiVersion: 'example.dev/v1',
  kind: 'Widget',
  metadata: { name: 'w', ...metadata },
  spec,
});

describe('a CRD', () => {
  test('is established and then served, with discovery and a schema to explain', async () => {
    const { get } = await withWidgets();
    expect((await get(`${CRDS}/widgets.example.dev`)).body).toMatchObject({
      status: { conditions: [{}, { type: 'Established', status: 'True' }] },
    });
    expect((await get('/apis/example.dev/v1')).body).toMatchObject({
      resources: [
        { name: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['things'] },
        { name: 'widgets/status' },
      ],
    });
    expect((await get('/openapi/v3/apis/example.dev/v1')).body).toMatchObject({
      components: { schemas: { 'dev.example.v1.Widget': { properties: { spec: { required: ['color'] } } } } },
    });
  });

  test('takes its objects along when it goes', async () => {
    const { send, get } = await withWidgets();
    await send('POST', WIDGETS, widget({ color: 'red' }));
    await send('DELETE', `${CRDS}/widgets.example.dev`);
    expect(await get(WIDGETS)).toMatchObject({ status: 404 });
    await send('POST', CRDS, WIDGETS_CRD);
    expect((await get(WIDGETS)).body['items']).toEqual([]);
  });
});

describe('a custom resource', () => {
  test('is defaulted, pruned with a warning, and starts without a status', async () => {
    const { send } = await withWidgets();
    const made = await send('POST', WIDGETS, { ...widget({ color: 'red', foo: 1 }), status: { phase: 'x' } });
    expect(made.status).toBe(201);
    expect(made.headers.get('warning')).toBe('299 - "unknown field \\"spec.foo\\""');
    expect(made.body).toMatchObject({ metadata: { generation: 1 }, spec: { color: 'red', size: 3 } });
    expect(made.body).not.toHaveProperty('status');
    expect(made.body['spec']).not.toHaveProperty('foo');
  });

  test('with an unknown field is refused under strict validation', async () => {
    const { send } = await withWidgets();
    expect(await send('POST', `${WIDGETS}?fieldValidation=Strict`, widget({ color: 'red', foo: 1 }))).toMatchObject({
      status: 400,
      body: {
        message:
          'Widget in version "v1" cannot be handled as a Widget: strict decoding error: unknown field "spec.foo"',
      },
    });
  });

  test('that the schema refuses is told everything that is wrong', async () => {
    const { send } = await withWidgets();
    expect(await send('POST', WIDGETS, widget({ color: 'blue', size: 0 }))).toMatchObject({
      status: 422,
      body: {
        reason: 'Invalid',
        message:
          'Widget.example.dev "w" is invalid: [spec.color: Unsupported value: "blue": supported values: "red", "green", spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1]',
        details: {
          name: 'w',
          group: 'example.dev',
          kind: 'Widget',
          causes: [
            { reason: 'FieldValueNotSupported', field: 'spec.color' },
            { reason: 'FieldValueInvalid', field: 'spec.size' },
          ],
        },
      },
    });
  });

  test('has a status of its own: neither half touches the other, only the spec counts generations', async () => {
    const { send, get } = await withWidgets();
    await send('POST', WIDGETS, widget({ color: 'red' }));
    await send('PATCH', `${WIDGETS}/w`, { spec: { color: 'green' }, status: { phase: 'no' } }, MERGE);
    await send(
      'PATCH',
      `${WIDGETS}/w/status`,
      { spec: { color: 'red' }, status: { phase: 'yes' }, metadata: { labels: { a: 'b' } } },
      MERGE,
    );
    const { body } = await get(`${WIDGETS}/w`);
    expect(body).toMatchObject({ metadata: { generation: 2 }, spec: { color: 'green' }, status: { phase: 'yes' } });
    expect(body['metadata']).not.toHaveProperty('labels');
  });

  test('says what it is, and is what the URL says', async () => {
    const { send } = await withWidgets();
    expect(await send('POST', WIDGETS, { metadata: { name: 'w' }, spec: { color: 'red' } })).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining("Object 'Kind' is missing in '{") as string },
    });
    expect(await send('POST', WIDGETS, { ...widget({ color: 'red' }), kind: 'X' })).toMatchObject({
      status: 422,
      body: { message: 'X.example.dev "w" is invalid: kind: Invalid value: "X": must be Widget' },
    });
  });

  test('as another one than it was: a uid counts for the object, but not for its status', async () => {
    const { send } = await withWidgets();
    await send('POST', WIDGETS, widget({ color: 'red' }));
    const other = { metadata: { uid: 'other' }, spec: { color: 'green' }, status: { phase: 'x' } };
    expect(await send('PATCH', `${WIDGETS}/w`, other, MERGE)).toMatchObject({ status: 422 });
    expect(await send('PATCH', `${WIDGETS}/w/status`, other, MERGE)).toMatchObject({
      status: 200,
      body: { spec: { color: 'red' }, status: { phase: 'x' } },
    });
    const stale = { metadata: { resourceVersion: '1' }, status: { phase: 'y' } };
    expect(await send('PATCH', `${WIDGETS}/w/status`, stale, MERGE)).toMatchObject({ status: 409 });
  });

  test('must be replaced with a resourceVersion and knows no strategic merge', async () => {
    const { send } = await withWidgets();
    await send('POST', WIDGETS, widget({ color: 'red' }));
    expect(await send('PUT', `${WIDGETS}/w`, widget({ color: 'green' }))).toMatchObject({
      status: 422,
      body: {
        message:
          'widgets.example.dev "w" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
      },
    });
    expect(await send('PATCH', `${WIDGETS}/w`, {}, STRATEGIC)).toMatchObject({ status: 415 });
    expect(
      await send('PATCH', `${WIDGETS}/w`, [{ op: 'test', path: '/spec/color', value: 'green' }], JSON_PATCH),
    ).toMatchObject({ status: 422 });
  });

  test('prints its columns and is selected by its fields', async () => {
    const { send, get } = await withWidgets();
    await send('POST', WIDGETS, widget({ color: 'red' }));
    await send('PATCH', `${WIDGETS}/w/status`, { status: { conditions: [{ type: 'Ready', status: 'True' }] } }, MERGE);
    const table = (await get(WIDGETS, TABLE)).body;
    expect(table).toMatchObject({
      columnDefinitions: [{ name: 'Name' }, { name: 'Color' }, { name: 'Ready' }, { name: 'Age' }],
    });
    expect(table).toMatchObject({ rows: [{ cells: ['w', 'red', 'True', '0s'] }] });
    expect((await get(`${WIDGETS}?fieldSelector=spec.color%3Dgreen`)).body['items']).toEqual([]);
    expect((await get(`${WIDGETS}?fieldSelector=spec.color%3Dred`)).body['items']).toHaveLength(1);
    expect(await get(`${WIDGETS}?fieldSelector=spec.size%3D3`)).toMatchObject({ status: 400 });
  });
});

describe('server-side apply', () => {
  const apply = ({ send }: TestServer, path: string, manager: string, body: object) =>
    send(
      'PATCH',
      `${WIDGETS}/${path}${path.includes('?') ? '&' : '?'}fieldManager=${manager}`,
      JSON.stringify(body),
      APPLY,
    );

  test('creates, takes over, gives up; YAML is welcome', async () => {
    const server = await withWidgets();
    const yaml = 'apiVersion: example.dev/v1\nkind: Widget\nmetadata:\n  name: w\nspec:\n  color: red\n  size: 5\n';
    const made = await server.send('PATCH', `${WIDGETS}/w?fieldManager=a`, yaml, APPLY);
    expect(made).toMatchObject({ status: 201, body: { spec: { color: 'red', size: 5 }, metadata: { generation: 1 } } });
    expect(await apply(server, 'w', 'b', widget({ color: 'green' }))).toMatchObject({
      status: 409,
      body: {
        reason: 'Conflict',
        message: 'Apply failed with 1 conflict: conflict with "a": .spec.color',
        details: { causes: [{ reason: 'FieldManagerConflict', field: '.spec.color' }] },
      },
    });
    expect(await apply(server, 'w?force=true', 'b', widget({ color: 'green' }))).toMatchObject({
      status: 200,
      body: { spec: { color: 'green', size: 5 } },
    });
    // a no longer sends size: it goes, and the default comes back.
    expect(await apply(server, 'w', 'a', { ...widget({}), spec: undefined })).toMatchObject({
      body: { spec: { color: 'green', size: 3 } },
    });
  });

  test('of the status owns the status only', async () => {
    const server = await withWidgets();
    await server.send('POST', WIDGETS, widget({ color: 'red' }));
    const status = { phase: 'x', conditions: [{ type: 'Ready', status: 'True' }] };
    const done = await apply(server, 'w/status', 'op', { ...widget({ color: 'green' }), status });
    expect(done.body).toMatchObject({ spec: { color: 'red' }, status, metadata: { generation: 1 } });
    expect(done.body).toMatchObject({
      metadata: {
        managedFields: [
          { manager: 'op', operation: 'Apply', subresource: 'status', fieldsV1: { 'f:status': { 'f:phase': {} } } },
          { manager: 'tests', operation: 'Update', fieldsV1: { 'f:spec': { 'f:color': {}, 'f:size': {} } } },
        ],
      },
    });
    const again = await apply(server, 'w/status', 'op', { ...widget({}), status });
    expect(again.body).toEqual(done.body);
    const less = await apply(server, 'w/status', 'op', { ...widget({}), status: { phase: 'y' } });
    expect(less.body['status']).toEqual({ phase: 'y' });
    expect(await apply(server, 'none/status', 'op', { ...widget({}, { name: 'none' }), status })).toMatchObject({
      status: 404,
    });
  });

  test('needs a manager, a kind and the right name, and honours a resourceVersion', async () => {
    const server = await withWidgets();
    await server.send('POST', WIDGETS, widget({ color: 'red' }));
    expect(await server.send('PATCH', `${WIDGETS}/w`, JSON.stringify(widget({ color: 'red' })), APPLY)).toMatchObject({
      status: 422,
      body: {
        message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
      },
    });
    expect(await apply(server, 'w', 'a', { spec: {} })).toMatchObject({ status: 400 });
    expect(await apply(server, 'other', 'a', widget({ color: 'red' }))).toMatchObject({ status: 400 });
    expect(await apply(server, 'w', 'a', widget({ color: 'red' }, { resourceVersion: '1' }))).toMatchObject({
      status: 409,
    });
    expect(await apply(server, 'x', 'a', widget({ color: 'red' }, { name: 'x', uid: 'u' }))).toMatchObject({
      status: 409,
    });
    expect(await apply(server, 'w?dryRun=All&force=true', 'a', widget({ color: 'green' }))).toMatchObject({
      body: { spec: { color: 'green' } },
    });
    expect((await server.get(`${WIDGETS}/w`)).body).toMatchObject({ spec: { color: 'red' } });
  });

  test('of an unknown field fails as the typed converter does', async () => {
    const server = await withWidgets();
    expect(await apply(server, 'w', 'a', widget({ color: 'red', foo: 1 }))).toMatchObject({
      status: 500,
      body: {
        message:
          'failed to create typed patch object (/w; example.dev/v1, Kind=Widget): .spec.foo: field not declared in schema',
      },
    });
  });

  test('without its manager ever having applied: an Update entry is another owner', async () => {
    const server = await withWidgets();
    await server.send('POST', WIDGETS, widget({ color: 'red' }));
    expect(await apply(server, 'w', 'tests', widget({ color: 'green' }))).toMatchObject({
      status: 409,
      body: {
        message: 'Apply failed with 1 conflict: conflict with "tests" using example.dev/v1: .spec.color',
      },
    });
  });
});
