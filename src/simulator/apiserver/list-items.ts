// How the items of an associative list are told apart: by key fields (list-type map) or by value (list-type set).
import { isObject, own } from './json.ts';
import { fieldSchema, isSet, itemSchema, listMapKeys, type Schema } from './schema.ts';
import { badRequest } from './status-errors.ts';

export function isAssociative(schema: Schema): boolean {
  return isSet(schema) || listMapKeys(schema) !== undefined;
}

/** The path element that names the item. Throws when an item of a map has none of its keys. */
export function itemElement(item: unknown, schema: Schema): string {
  const keys = listMapKeys(schema);
  if (keys === undefined) return `v:${JSON.stringify(item)}`;
  const pairs = keys.toSorted().flatMap((key) => {
    const value = (isObject(item) ? own(item, key) : undefined) ?? fieldSchema(itemSchema(schema), key).default;
    return value === undefined ? [] : [[key, value]];
  });
  if (pairs.length === 0)
    throw badRequest(`associative list with keys has an element that omits key field "${keys[0]}"`);
  return `k:${JSON.stringify(Object.fromEntries(pairs))}`;
}

/** The items by their element; of two with the same one the last wins. */
export function itemsByElement(items: readonly unknown[], schema: Schema): Map<string, unknown> {
  return new Map(items.map((item) => [itemElement(item, schema), item]));
}
