// The two halves of a server-side apply on the object itself: lay the applied configuration over the live object, then take
// away what the manager applied before and no longer does, unless somebody else owns it.
import { type FieldSet, isNothing, NOTHING } from './field-set.ts';
import { isObject, type JsonObject, own } from './json.ts';
import { isAssociative, itemElement, itemsByElement } from './list-items.ts';
import { fieldSchema, isAtomicMap, itemSchema, type Schema } from './schema.ts';

/** Maps are merged by key, associative lists by item (in the live order, new items last); all else is replaced. */
export function applyOver(live: unknown, config: unknown, schema: Schema): unknown {
  if (isObject(config) && isObject(live) && !isAtomicMap(schema)) return mergeMap(live, config, schema);
  if (Array.isArray(config) && Array.isArray(live) && isAssociative(schema)) return mergeList(live, config, schema);
  return config;
}

function mergeMap(live: JsonObject, config: JsonObject, schema: Schema): JsonObject {
  const merged = Object.entries(config).map(([key, value]) => [
    key,
    applyOver(own(live, key), value, fieldSchema(schema, key)),
  ]);
  return { ...live, ...Object.fromEntries(merged) };
}

function mergeList(live: readonly unknown[], config: readonly unknown[], schema: Schema): readonly unknown[] {
  const applied = itemsByElement(config, schema);
  const kept = live.map((item) => {
    const element = itemElement(item, schema);
    const next = applied.get(element);
    applied.delete(element);
    return next === undefined ? item : applyOver(item, next, itemSchema(schema));
  });
  return [...kept, ...applied.values()];
}

/** Removes whatever is in `before`, or lies around it, and of which nothing is in `owned`. */
export function removeDisowned(value: unknown, sets: { before: FieldSet; owned: FieldSet }, schema: Schema): unknown {
  if (isObject(value) && !isAtomicMap(schema)) return removeFields(value, sets, schema);
  if (Array.isArray(value) && isAssociative(schema)) return removeItems(value, sets, schema);
  return value;
}

type Sets = { readonly before: FieldSet; readonly owned: FieldSet };

/** undefined: the child goes; the same sets one level down: something in or below it stays. */
function childSets(sets: Sets, element: string): Sets | 'untouched' | 'disowned' {
  const before = sets.before.children.get(element);
  if (before === undefined) return 'untouched';
  const owned = sets.owned.children.get(element) ?? NOTHING;
  return isNothing(owned) ? 'disowned' : { before, owned };
}

function removeFields(object: JsonObject, sets: Sets, schema: Schema): JsonObject {
  const kept = Object.entries(object).flatMap(([key, value]): [string, unknown][] => {
    const child = childSets(sets, `f:${key}`);
    if (child === 'disowned') return [];
    return [[key, child === 'untouched' ? value : removeDisowned(value, child, fieldSchema(schema, key))]];
  });
  return Object.fromEntries(kept);
}

function removeItems(items: readonly unknown[], sets: Sets, schema: Schema): readonly unknown[] {
  return items.flatMap((item) => {
    const child = childSets(sets, itemElement(item, schema));
    if (child === 'disowned') return [];
    return [child === 'untouched' ? item : removeDisowned(item, child, itemSchema(schema))];
  });
}
