import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { customResourceDefinitions } from './crd.ts';
import { structuralSchema } from './crd-schema.ts';
import type { Rule, Schema } from './crd-schema.ts';
import { crdYaml } from './crd-yaml.ts';
import { migrationSpec } from './migration.ts';

type Visit = { readonly path: string; readonly node: Schema };

/** Every node of a schema, with its path. */
function* walk(node: Schema, path: string): Generator<Visit> {
  yield { path, node };
  for (const [name, child] of Object.entries(node.properties ?? {})) yield* walk(child, `${path}.${name}`);
  if (node.items !== undefined) yield* walk(node.items, `${path}[]`);
  if (node.additionalProperties !== undefined) yield* walk(node.additionalProperties, `${path}.*`);
}

const roots = customResourceDefinitions().map((definition) => ({
  kind: definition.spec['names'] as { kind: string },
  schema: definition.spec.versions[0]?.schema.openAPIV3Schema ?? {},
}));
const nodes: readonly Visit[] = roots.flatMap(({ kind, schema }) => [...walk(schema, kind.kind)]);

function offenders(isBad: (node: Schema, path: string) => boolean): readonly string[] {
  return nodes.filter(({ node, path }) => isBad(node, path)).map(({ path }) => path);
}

/** What a ProxyModeMigration and its NodeMigrations hold by themselves is bounded by their own rules. */
const isEnvelope = (path: string): boolean => /^\w+\.(apiVersion|kind|metadata)$/.test(path);

describe('the CustomResourceDefinitions are structural', () => {
  it('has the nodes of both kinds', () => {
    expect(nodes.length).toBeGreaterThan(120);
  });

  it('gives every node a type, or integer-or-string', () => {
    expect(offenders((node) => node.type === undefined && node['x-kubernetes-int-or-string'] !== true)).toEqual([]);
  });

  it('has no union but that of integer and string', () => {
    const plain = [{ type: 'integer' }, { type: 'string' }];
    expect(offenders((node) => ['oneOf', 'allOf', 'not', '$ref'].some((key) => key in node))).toEqual([]);
    expect(
      offenders((node) => node.anyOf !== undefined && JSON.stringify(node.anyOf) !== JSON.stringify(plain)),
    ).toEqual([]);
  });

  it('describes every property', () => {
    expect(
      offenders((node, path) => !/(\[\]|\.\*|\w\.metadata)$/.test(path) && (node.description ?? '') === ''),
    ).toEqual([]);
  });

  it('bounds every string, list and map', () => {
    expect(
      offenders(
        (node, path) =>
          node.type === 'string' &&
          !isEnvelope(path) &&
          node.maxLength === undefined &&
          node.enum === undefined &&
          node.format === undefined,
      ),
    ).toEqual([]);
    expect(offenders((node) => node.type === 'array' && node.maxItems === undefined)).toEqual([]);
    expect(offenders((node) => node.additionalProperties !== undefined && node.maxProperties === undefined)).toEqual(
      [],
    );
  });

  it('keeps unknown fields out by saying nothing about them', () => {
    expect(
      offenders((node) => Object.keys(node).some((key) => key === 'x-kubernetes-preserve-unknown-fields')),
    ).toEqual([]);
  });

  it('has no bounds that are only JavaScript’s', () => {
    expect(offenders((node) => Math.abs(node.maximum ?? 0) > 2 ** 31 || Math.abs(node.minimum ?? 0) > 2 ** 31)).toEqual(
      [],
    );
  });

  it('gives every CEL rule a message and a field that exists', () => {
    for (const { node, path } of nodes) {
      for (const { message, fieldPath } of node['x-kubernetes-validations'] ?? ([] as Rule[])) {
        expect(message.length, path).toBeGreaterThan(10);
        if (fieldPath !== undefined) expect(nodes.map((one) => one.path)).toContain(path + fieldPath);
      }
    }
  });
});

describe('what the API server fills in', () => {
  it('is what the schema fills in', () => {
    const spec = migrationSpec.parse({ mode: 'nftables', kubeProxy: { daemonSet: { name: 'p' } } });
    const root = roots.find(({ kind }) => kind.kind === 'ProxyModeMigration')?.schema.properties?.['spec'] ?? {};
    expect(defaulted({ mode: 'nftables', kubeProxy: { daemonSet: { name: 'p' } } }, root)).toEqual(spec);
  });

  /** Defaulting as the API server does it: a missing field takes its default, whose own fields are defaulted in turn. */
  function defaulted(value: unknown, schema: Schema): unknown {
    if (schema.type !== 'object' || typeof value !== 'object' || value === null) return value;
    const filled: Record<string, unknown> = { ...value };
    for (const [name, child] of Object.entries(schema.properties ?? {})) {
      const own = filled[name] ?? child.default;
      if (own !== undefined) filled[name] = defaulted(own, child);
    }
    return filled;
  }
});

describe('the generated files', () => {
  it('are the committed ones', () => {
    for (const { name, text } of crdYaml())
      expect(readFileSync(new URL(`../../crds/${name}`, import.meta.url), 'utf8')).toBe(text);
  });

  it('read back as the definitions', () => {
    expect(crdYaml().map(({ text }) => parse(text) as unknown)).toEqual(
      JSON.parse(JSON.stringify(customResourceDefinitions())),
    );
  });

  it('have names that API clients expect', () => {
    expect(crdYaml().map(({ name }) => name)).toEqual([
      'proxymode.dev_proxymodemigrations.yaml',
      'proxymode.dev_nodemigrations.yaml',
    ]);
  });
});

describe('structuralSchema', () => {
  it('refuses a union the API server would refuse', () => {
    expect(() => structuralSchema(z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]))).toThrow(
      'cannot hold a union',
    );
  });

  it('puts the limits of an integer-or-string beside it', () => {
    expect(structuralSchema(z.union([z.int().min(1).max(5), z.string().max(4)]))).toEqual({
      anyOf: [{ type: 'integer' }, { type: 'string' }],
      minimum: 1,
      maximum: 5,
      maxLength: 4,
      'x-kubernetes-int-or-string': true,
    });
  });
});
