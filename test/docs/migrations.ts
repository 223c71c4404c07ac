// Migrations in YAML blocks, and what the API server's CEL rules say of them: the simulator validates schemas and evaluates no CEL.
import { evaluate } from '@marcbachmann/cel-js';
import { parse } from 'yaml';
import { customResourceDefinitions } from '../../src/api/crd.ts';
import type { Schema } from '../../src/api/crd-schema.ts';
import type { ProxyModeMigration } from '../../src/api/kinds.ts';
import type { Block } from './pages.ts';

/** Of a block that is not skipped. Throws when it is another kind. */
export function migrationIn(block: Block): ProxyModeMigration {
  const object = parse(block.text) as ProxyModeMigration & { readonly kind?: string };
  if (object.kind !== 'ProxyModeMigration') throw new Error(`a ${object.kind}, and not a ProxyModeMigration`);
  return object;
}

/** `# name.yaml` in the first line. */
export function fileNameOf(block: Block): string {
  const name = /^# (\S+\.yaml)\n/.exec(block.text)?.[1];
  if (name === undefined) throw new Error('its first line is not the name of its file');
  return name;
}

/** Messages of the rules a new object breaks. Those that compare with an older one do not apply. */
export function brokenRules(object: object): readonly string[] {
  const definition = customResourceDefinitions().find(({ metadata }) =>
    metadata.name.startsWith('proxymodemigrations'),
  );
  return [...broken(definition?.spec.versions[0]?.schema.openAPIV3Schema ?? {}, object)];
}

function* broken(schema: Schema, value: unknown): Generator<string> {
  for (const { rule, message } of schema['x-kubernetes-validations'] ?? [])
    if (!rule.includes('oldSelf') && evaluate(rule, { self: value }) !== true) yield message;
  if (Array.isArray(value)) for (const one of value) yield* broken(schema.items ?? {}, one);
  else if (typeof value === 'object' && value !== null) yield* brokenInside(schema, value);
}

function* brokenInside({ properties = {} }: Schema, object: object): Generator<string> {
  for (const [name, value] of Object.entries(object)) yield* broken(properties[name] ?? {}, value);
}
