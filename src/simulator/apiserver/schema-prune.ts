// Pruning by a structural schema: fields the schema does not know are dropped, and reported, because
// `fieldValidation` turns them into warnings or into a refusal.
import { isObject, type JsonObject } from './json.ts';
import type { Schema } from './schema.ts';

export type Pruned = {
  readonly value: unknown;
  /** Paths of what was dropped: `spec.rollout.foo`, `status.conditions[0].bar`. */
  readonly dropped: readonly string[];
};

/** A whole object: apiVersion, kind and metadata are always known. */
export function pruneObject(
  object: JsonObject,
  schema: Schema,
): { readonly object: JsonObject; readonly dropped: readonly string[] } {
  const { apiVersion, kind, metadata, ...rest } = object;
  const { value, dropped } = prune(rest, schema, '');
  return { object: { apiVersion, kind, metadata, ...(value as JsonObject) }, dropped };
}

function prune(value: unknown, schema: Schema, path: string): Pruned {
  if (Array.isArray(value))
    return schema.items === undefined ? { value, dropped: [] } : pruneItems(value, schema.items, path);
  return isObject(value) ? pruneFields(value, schema, path) : { value, dropped: [] };
}

function pruneItems(items: readonly unknown[], schema: Schema, path: string): Pruned {
  const pruned = items.map((item, index) => prune(item, schema, `${path}[${index}]`));
  return { value: pruned.map((item) => item.value), dropped: pruned.flatMap((item) => item.dropped) };
}

function pruneFields(object: JsonObject, schema: Schema, path: string): Pruned {
  const dropped: string[] = [];
  const entries = Object.entries(object).flatMap(([key, value]): [string, unknown][] => {
    const child = knownField(schema, key);
    const childPath = path === '' ? key : `${path}.${key}`;
    if (child === undefined) {
      dropped.push(childPath);
      return [];
    }
    const pruned = prune(value, child, childPath);
    dropped.push(...pruned.dropped);
    return [[key, pruned.value]];
  });
  return { value: Object.fromEntries(entries), dropped };
}

function knownField(schema: Schema, key: string): Schema | undefined {
  if (schema.properties !== undefined && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  if (typeof schema.additionalProperties === 'object') return schema.additionalProperties;
  const anything = schema.additionalProperties === true || schema['x-kubernetes-preserve-unknown-fields'] === true;
  // Below an unknown field nothing is known either, so nothing is dropped there.
  return anything ? { 'x-kubernetes-preserve-unknown-fields': true } : undefined;
}
