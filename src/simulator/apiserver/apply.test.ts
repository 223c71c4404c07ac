import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { serverSideApply } from './apply.ts';
import { decodeFields, difference, encodeFields, type FieldSet, intersection, pathsOf, union } from './field-set.ts';
import { fieldSetOf } from './field-set-of.ts';
import { at, equalJson, type JsonObject, without } from './json.ts';
import type { Writer } from './managed-fields.ts';
import type { Schema } from './schema.ts';

const conditions: Schema = {
  type: 'array',
  'x-kubernetes-list-type': 'map',
  'x-kubernetes-list-map-keys': ['type'],
  items: { type: 'object', properties: { type: { type: 'string' }, status: { type: 'string' } } },
};
const schema: Schema = {
  type: 'object',
  properties: {
    metadata: { type: 'object', properties: { finalizers: { type: 'array', 'x-kubernetes-list-type': 'set' } } },
    spec: {
      type: 'object',
      properties: {
        a: { type: 'string' },
        b: { type: 'string' },
        list: { type: 'array', items: { type: 'string' } },
        selector: { type: 'object', 'x-kubernetes-map-type': 'atomic' },
      },
    },
    status: { type: 'object', properties: { conditions } },
  },
};

const writer = (manager: string, more: Partial<Writer> = {}): Writer => ({
  manager,
  operation: 'Apply',
  subresource: undefined,
  apiVersion: 'x/v1',
  now: Date.parse('2026-01-01T00:00:00Z'),
  ...more,
});
const config = (body: object): JsonObject => ({ apiVersion: 'x/v1', kind: 'X', metadata: { name: 'x' }, ...body });
const apply = (live: JsonObject | undefined, body: object, manager = 'm', force = false) =>
  serverSideApply({ live, config: config(body), writer: writer(manager), force, schema });
const body = (object: JsonObject) => without(object, 'apiVersion', 'kind', 'metadata');
const fieldsOf = (object: JsonObject) =>
  Object.fromEntries(
    (at(object, 'metadata', 'managedFields') as { manager: string; fieldsV1: unknown }[]).map((entry) => [
      entry.manager,
      entry.fieldsV1,
    ]),
  );

describe('server-side apply', () => {
  test('creates what is not there and records what it set', () => {
    const made = apply(undefined, {
      spec: { a: '1', list: ['x'] },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    });
    expect(body(made)).toEqual({
      spec: { a: '1', list: ['x'] },
      status: { conditions: [{ type: 'Ready', status: 'True' }] },
    });
    expect(at(made, 'metadata', 'managedFields')).toEqual([
      {
        manager: 'm',
        operation: 'Apply',
        apiVersion: 'x/v1',
        time: '2026-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:spec': { 'f:a': {}, 'f:list': {} },
          'f:status': { 'f:conditions': { 'k:{"type":"Ready"}': { '.': {}, 'f:status': {}, 'f:type': {} } } },
        },
      },
    ]);
  });

  test('removes what the manager no longer sends and leaves what others own', () => {
    const first = apply(undefined, {
      spec: { a: '1', b: '1' },
      status: { conditions: [{ type: 'A' }, { type: 'B' }] },
    });
    const other = apply(first, { spec: { b: '1' }, status: { conditions: [{ type: 'C' }] } }, 'other');
    const again = apply(other, { status: { conditions: [{ type: 'A' }] } });
    expect(body(again)).toEqual({ spec: { b: '1' }, status: { conditions: [{ type: 'A' }, { type: 'C' }] } });
  });

  test('keeps the name when the last label goes', () => {
    const first = serverSideApply({
      live: undefined,
      config: { metadata: { name: 'x', labels: { a: 'b' } } },
      writer: writer('m'),
      force: false,
      schema,
    });
    const again = apply({ ...first, metadata: { ...(first['metadata'] as object), uid: 'u' } }, { spec: { a: '1' } });
    expect(without(again['metadata'] as JsonObject, 'managedFields')).toEqual({ name: 'x', uid: 'u' });
  });

  test('refuses to change what others own, unless forced', () => {
    const first = apply(undefined, { spec: { a: '1', b: '1' } });
    expect(() => apply(first, { spec: { a: '2' } }, 'other')).toThrow(
      'Apply failed with 1 conflict: conflict with "m": .spec.a',
    );
    expect(() => apply(first, { spec: { a: '2', b: '2' } }, 'other')).toThrow(
      'Apply failed with 2 conflicts: conflicts with "m":\n- .spec.a\n- .spec.b',
    );
    const forced = apply(first, { spec: { a: '2' } }, 'other', true);
    expect(fieldsOf(forced)).toEqual({ m: { 'f:spec': { 'f:b': {} } }, other: { 'f:spec': { 'f:a': {} } } });
    expect(body(forced)).toEqual({ spec: { a: '2', b: '1' } });
  });

  test('sharing a field at the same value is no conflict', () => {
    const shared = apply(apply(undefined, { spec: { a: '1' } }), { spec: { a: '1' } }, 'other');
    expect(body(apply(shared, {}))).toEqual({ spec: { a: '1' } });
  });

  test('atomic lists and maps are owned and replaced as a whole', () => {
    const first = apply(undefined, { spec: { list: ['a', 'b'], selector: { x: '1' } } });
    const next = apply(first, { spec: { list: ['c'], selector: { y: '2' } } });
    expect(body(next)).toEqual({ spec: { list: ['c'], selector: { y: '2' } } });
    expect(fieldsOf(next)).toEqual({ m: { 'f:spec': { 'f:list': {}, 'f:selector': {} } } });
  });

  test('what was there before managedFields were kept belongs to before-first-apply', () => {
    const live = config({ spec: { a: '1' } });
    expect(() => apply(live, { spec: { a: '2' } })).toThrow('conflict with "before-first-apply" using x/v1: .spec.a');
    expect(body(apply(live, { spec: { a: '2' } }, 'm', true))).toEqual({ spec: { a: '2' } });
  });

  test('an apply that changes nothing keeps the time of the entry', () => {
    const first = apply(undefined, { spec: { a: '1' } });
    const later = serverSideApply({
      live: first,
      config: config({ spec: { a: '1' } }),
      writer: writer('m', { now: 1e12 }),
      force: false,
      schema,
    });
    expect(later).toEqual(first);
  });

  const text = fc.constantFrom('1', '2', '3');
  const anyBody = fc.record(
    {
      spec: fc.record(
        { a: text, b: text, list: fc.array(text, { maxLength: 3 }), selector: fc.dictionary(text, text) },
        { requiredKeys: [] },
      ),
      status: fc.record({
        // Not empty: an empty associative list owns nothing, here as in structured-merge-diff, so it comes and goes.
        conditions: fc.uniqueArray(
          fc.record({ type: fc.constantFrom('A', 'B', 'C'), status: text }, { requiredKeys: ['type'] }),
          {
            selector: (condition) => condition.type,
            minLength: 1,
          },
        ),
      }),
    },
    { requiredKeys: [] },
  );
  const history = fc.array(fc.tuple(fc.constantFrom('m', 'n', 'o'), anyBody), { maxLength: 6 });
  const play = (steps: readonly (readonly [string, object])[]) =>
    steps.reduce<JsonObject | undefined>((live, [manager, wanted]) => apply(live, wanted, manager, true), undefined);

  test('property: applying twice is applying once', () => {
    fc.assert(
      fc.property(history, anyBody, (steps, wanted) => {
        const once = apply(play(steps), wanted, 'm', true);
        expect(equalJson(apply(once, wanted, 'm', true), once)).toBe(true);
        expect(equalJson(apply(once, wanted, 'm', false), once)).toBe(true);
      }),
    );
  });

  test('property: afterwards the object has every leaf that was sent, and the manager owns exactly those', () => {
    fc.assert(
      fc.property(history, anyBody, (steps, wanted) => {
        const next = apply(play(steps), wanted, 'm', true);
        const sent = fieldSetOf(wanted, schema);
        expect(encodeFields(difference(sent, fieldSetOf(body(next), schema)))).toEqual({});
        expect(
          fieldsOf(config({ metadata: { managedFields: [], ...(next['metadata'] as object) } }))['m'] ?? {},
        ).toEqual(encodeFields(sent));
      }),
    );
  });

  test('property: a sole manager gets exactly what it sent last', () => {
    fc.assert(
      fc.property(fc.array(anyBody, { maxLength: 4 }), anyBody, (steps, wanted) => {
        const live = play(steps.map((step) => ['m', step] as const));
        const pruned = (object: JsonObject) => encodeFields(fieldSetOf(object, schema));
        expect(pruned(body(apply(live, wanted)))).toEqual(pruned(wanted));
      }),
    );
  });
});

describe('field sets', () => {
  const anySet: fc.Arbitrary<FieldSet> = fc
    .array(fc.array(fc.constantFrom('f:a', 'f:b', 'k:{"type":"x"}'), { minLength: 1, maxLength: 3 }), { maxLength: 5 })
    .map((paths) =>
      paths.reduce<FieldSet>(
        (set, path) =>
          union(
            set,
            path.reduceRight<FieldSet>((child, element) => ({ member: false, children: new Map([[element, child]]) }), {
              member: true,
              children: new Map(),
            }),
          ),
        {
          member: false,
          children: new Map(),
        },
      ),
    );
  const texts = (set: FieldSet) => new Set(pathsOf(set).map((path) => path.join(' ')));

  test('property: they are sets of paths', () => {
    fc.assert(
      fc.property(anySet, anySet, (a, b) => {
        const [left, right] = [texts(a), texts(b)];
        expect(texts(union(a, b))).toEqual(new Set([...left, ...right]));
        expect(texts(intersection(a, b))).toEqual(new Set([...left].filter((path) => right.has(path))));
        expect(texts(difference(a, b))).toEqual(new Set([...left].filter((path) => !right.has(path))));
      }),
    );
  });

  test('property: FieldsV1 there and back', () => {
    fc.assert(
      fc.property(anySet, (set) => {
        expect(texts(decodeFields(encodeFields(set)))).toEqual(texts(set));
      }),
    );
  });
});
