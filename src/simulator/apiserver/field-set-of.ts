// From objects to field sets: what an object sets, and what one object changes in another. Follows structured-merge-diff's
// typed.ToFieldSet and typed.Compare.
import { equalJson, isEmptyObject, isObject, type JsonObject, own } from './json.ts';
import { type FieldSet, fieldSet, LEAF, NOTHING } from './field-set.ts';
import { isAssociative, itemsByElement } from './list-items.ts';
import { fieldSchema, isAtomicMap, itemSchema, type Schema } from './schema.ts';

/** Every leaf and every list item the value sets. */
export function fieldSetOf(value: unknown, schema: Schema): FieldSet {
  if (isObject(value)) return isAtomicMap(schema) ? LEAF : mapSet(value, schema);
  if (!Array.isArray(value) || !isAssociative(schema)) return LEAF;
  const items = [...itemsByElement(value, schema)];
  return fieldSet(
    false,
    items.map(([element, item]) => [element, { ...nested(item, itemSchema(schema)), member: true }] as const),
  );
}

function mapSet(object: JsonObject, schema: Schema): FieldSet {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return fieldSet(
    false,
    entries.map(([key, value]) => [`f:${key}`, childSet(value, fieldSchema(schema, key))] as const),
  );
}

function childSet(value: unknown, schema: Schema): FieldSet {
  const set = fieldSetOf(value, schema);
  return isEmptyObject(value) ? LEAF : set;
}

function nested(item: unknown, schema: Schema): FieldSet {
  return isObject(item) ? fieldSetOf(item, schema) : NOTHING;
}

export type Comparison = { readonly added: FieldSet; readonly modified: FieldSet; readonly removed: FieldSet };

const SAME: Comparison = { added: NOTHING, modified: NOTHING, removed: NOTHING };

/** What `next` changes in `old`. Containers that come or go are themselves in the set, with all that is in them. */
export function compareFields(old: unknown, next: unknown, schema: Schema): Comparison {
  if (old === next) return SAME;
  if (old === undefined) return { ...SAME, added: everything(next, schema) };
  if (next === undefined) return { ...SAME, removed: everything(old, schema) };
  const pairs = comparable(old, next, schema);
  if (pairs === undefined) return equalJson(old, next) ? SAME : { ...SAME, modified: LEAF };
  const children = pairs.map(
    ([element, before, after, child]) => [element, compareFields(before, after, child)] as const,
  );
  const side = (name: keyof Comparison) =>
    fieldSet(
      false,
      children.map(([element, child]) => [element, child[name]] as const),
    );
  return { added: side('added'), modified: side('modified'), removed: side('removed') };
}

function everything(value: unknown, schema: Schema): FieldSet {
  const children = comparable(value, value, schema) ?? [];
  return fieldSet(
    true,
    children.map(([element, child, , childSchema]) => [element, everything(child, childSchema)] as const),
  );
}

type Pair = readonly [element: string, old: unknown, next: unknown, schema: Schema];

/** The children to compare one by one; undefined when the two are compared as a whole. */
function comparable(old: unknown, next: unknown, schema: Schema): readonly Pair[] | undefined {
  if (isObject(old) && isObject(next)) return isAtomicMap(schema) ? undefined : mapPairs(old, next, schema);
  if (Array.isArray(old) && Array.isArray(next) && isAssociative(schema)) return itemPairs(old, next, schema);
  return undefined;
}

function mapPairs(old: JsonObject, next: JsonObject, schema: Schema): readonly Pair[] {
  const keys = [...new Set([...Object.keys(old), ...Object.keys(next)])];
  return keys.map((key) => [`f:${key}`, own(old, key), own(next, key), fieldSchema(schema, key)]);
}

function itemPairs(old: readonly unknown[], next: readonly unknown[], schema: Schema): readonly Pair[] {
  const before = itemsByElement(old, schema);
  const after = itemsByElement(next, schema);
  const elements = [...new Set([...before.keys(), ...after.keys()])];
  return elements.map((element) => [element, before.get(element), after.get(element), itemSchema(schema)]);
}
