import { describe, expect, test } from 'vitest';
import { applyDefaults } from './schema-default.ts';
import { pruneObject } from './schema-prune.ts';
import { validate } from './schema-validate.ts';
import type { Schema } from './schema.ts';

const schema: Schema = {
  type: 'object',
  required: ['spec'],
  properties: {
    spec: {
      type: 'object',
      required: ['mode'],
      properties: {
        mode: { type: 'string', enum: ['iptables', 'ipvs', 'nftables'] },
        max: {
          'x-kubernetes-int-or-string': true,
          default: 1,
          anyOf: [
            { type: 'integer', minimum: 1 },
            { type: 'string', pattern: '^[0-9]+%$' },
          ],
        },
        rollout: {
          type: 'object',
          default: {},
          properties: { timeout: { type: 'string', maxLength: 4, minLength: 2, pattern: '^[0-9]+s$', default: '5s' } },
        },
        bit: { type: 'integer', minimum: 0, maximum: 31 },
        names: { type: 'array', maxItems: 2, items: { type: 'string' } },
        labels: { type: 'object', additionalProperties: { type: 'string' } },
        any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        maybe: { type: 'string', nullable: true, default: 'x' },
      },
    },
    status: {
      type: 'object',
      properties: {
        at: { type: 'string', format: 'date-time' },
        conditions: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['type'],
          items: { type: 'object', properties: { type: { type: 'string' } } },
        },
      },
    },
  },
};

describe('validation', () => {
  const messages = (object: object) => validate(object, schema, '').map((cause) => `${cause.field}: ${cause.message}`);
  const spec = (more: object) => messages({ spec: { mode: 'ipvs', ...more } });

  test.each([
    [
      { mode: 'userspace' },
      'spec.mode: Unsupported value: "userspace": supported values: "iptables", "ipvs", "nftables"',
    ],
    [{ bit: 'x' }, 'spec.bit: Invalid value: "string": spec.bit in body must be of type integer: "string"'],
    [{ bit: null }, 'spec.bit: Invalid value: "null": spec.bit in body must be of type integer: "null"'],
    [{ mode: undefined }, 'spec.mode: Required value'],
    [{ max: 0 }, 'spec.max: Invalid value: 0: "spec.max" must validate at least one schema (anyOf)'],
    [{ max: true }, 'spec.max: Invalid value: "boolean": spec.max in body must be of type integer,string: "boolean"'],
    [
      { rollout: { timeout: '5m' } },
      `spec.rollout.timeout: Invalid value: "5m": spec.rollout.timeout in body should match '^[0-9]+s$'`,
    ],
    [{ rollout: { timeout: '1000s' } }, 'spec.rollout.timeout: Too long: may not be more than 4 bytes'],
    [{ bit: 32 }, 'spec.bit: Invalid value: 32: spec.bit in body should be less than or equal to 31'],
    [{ bit: -1 }, 'spec.bit: Invalid value: -1: spec.bit in body should be greater than or equal to 0'],
    [{ names: ['a', 'b', 'c'] }, 'spec.names: Too many: 3: must have at most 2 items'],
    [
      { names: ['a', 2] },
      'spec.names[1]: Invalid value: "integer": spec.names[1] in body must be of type string: "integer"',
    ],
    [
      { labels: { a: 1 } },
      'spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"',
    ],
  ])('%j is refused', (more, expected) => {
    expect(spec(more)).toEqual([expected]);
  });

  test('what is right passes', () => {
    expect(spec({ max: '25%', rollout: { timeout: '9s' }, labels: { a: 'b' }, any: { x: [1] }, maybe: null })).toEqual(
      [],
    );
    expect(messages({ spec: { mode: 'ipvs' }, status: { at: '2026-01-01T00:00:00Z' } })).toEqual([]);
  });

  test('every violation is reported', () => {
    expect(messages({ status: { at: 'yesterday', conditions: [{ type: 'Ready' }, { type: 'Ready' }] } })).toEqual([
      'spec: Required value',
      'status.at: Invalid value: "yesterday": status.at in body must be of type date-time: "yesterday"',
      'status.conditions[1]: Duplicate value: {"type":"Ready"}',
    ]);
  });
});

describe('defaulting', () => {
  test('fills in what is missing, and inside of what it filled in', () => {
    expect(applyDefaults({ spec: { mode: 'ipvs' } }, schema)).toEqual({
      spec: { mode: 'ipvs', max: 1, rollout: { timeout: '5s' }, maybe: 'x' },
    });
  });

  test('drops nulls where they are not allowed and there is no default', () => {
    expect(applyDefaults({ spec: { max: 2, mode: null, rollout: null, maybe: null } }, schema)).toEqual({
      spec: { max: 2, rollout: { timeout: '5s' }, maybe: null },
    });
  });

  test('leaves what is there, treats null as missing unless null is allowed, makes no parents', () => {
    expect(applyDefaults({ spec: { max: null, maybe: null, rollout: { timeout: '9s' } } }, schema)).toEqual({
      spec: { max: 1, maybe: null, rollout: { timeout: '9s' } },
    });
    expect(applyDefaults({}, schema)).toEqual({});
  });

  test('returns the very object when there is nothing to do', () => {
    const object = { spec: { max: 2, maybe: 'y', rollout: { timeout: '9s' } } };
    expect(applyDefaults(object, schema)).toBe(object);
  });
});

test('pruning drops and names what the schema does not know', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'X',
    metadata: { name: 'a', anything: 1 },
    spec: { mode: 'ipvs', foo: 1, any: { deep: { er: 1 } }, rollout: { bar: 2 } },
    status: { conditions: [{ type: 'Ready', baz: 1 }] },
    extra: true,
  };
  expect(pruneObject(object, schema)).toEqual({
    object: {
      apiVersion: 'v1',
      kind: 'X',
      metadata: { name: 'a', anything: 1 },
      spec: { mode: 'ipvs', any: { deep: { er: 1 } }, rollout: {} },
      status: { conditions: [{ type: 'Ready' }] },
    },
    dropped: ['spec.foo', 'spec.rollout.bar', 'status.conditions[0].baz', 'extra'],
  });
});
