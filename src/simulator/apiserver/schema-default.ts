// Defaulting by a structural schema: apiextensions pkg/apiserver/schema/defaulting. Defaults are filled in wherever the
// parent object exists, and a null where null is not allowed counts as missing.
import { isObject, type JsonObject, own, withValue } from './json.ts';
import type { Schema } from './schema.ts';

export function applyDefaults(value: unknown, schema: Schema): unknown {
  if (Array.isArray(value)) return schema.items === undefined ? value : defaultItems(value, schema.items);
  return isObject(value) ? defaultObject(value, schema) : value;
}

function defaultItems(items: readonly unknown[], schema: Schema): readonly unknown[] {
  const next = items.map((item) => applyDefaults(item, schema));
  return next.every((item, index) => item === items[index]) ? items : next;
}

function defaultObject(object: JsonObject, schema: Schema): JsonObject {
  let result = object;
  for (const [key, child] of Object.entries(schema.properties ?? {})) {
    const before = own(result, key);
    const given = isMissing(before, child) ? child.default : before;
    const next = applyDefaults(given, child);
    if (next !== before) result = withValue(result, [key], next);
  }
  return typeof schema.additionalProperties === 'object'
    ? defaultOthers(result, schema, schema.additionalProperties)
    : result;
}

function isMissing(value: unknown, schema: Schema): boolean {
  return value === undefined || (value === null && schema.nullable !== true);
}

function defaultOthers(object: JsonObject, schema: Schema, others: Schema): JsonObject {
  const declared = schema.properties ?? {};
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      key,
      Object.hasOwn(declared, key) ? value : applyDefaults(value, others),
    ]),
  );
}
