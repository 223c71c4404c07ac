// Strategic merge patch, for the built-in kinds: like a merge patch, but lists whose items have a merge key are merged item
// by item, and `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/…` and `$setElementOrder/…` say the rest. Enough for
// what kubectl sends; see apimachinery pkg/util/strategicpatch.
import { equalJson, isObject, type JsonObject, own, without } from './json.ts';
import { fieldSchema, isSet, itemSchema, listMapKeys, type Schema } from './schema.ts';
import { badRequest } from './status-errors.ts';

const DIRECTIVE = '$patch';
const RETAIN = '$retainKeys';
const ORDER = '$setElementOrder/';
const DELETE_PRIMITIVE = '$deleteFromPrimitiveList/';

export function strategicMergePatch(target: unknown, patch: unknown, schema: Schema): unknown {
  if (!isObject(patch)) return patch;
  return mergeMaps(isObject(target) ? target : {}, patch, schema);
}

function mergeMaps(target: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive === 'replace') return without(patch, DIRECTIVE);
  if (directive === 'delete') return {};
  let result = retained(target, patch[RETAIN]);
  for (const [key, value] of Object.entries(patch)) {
    if (!key.startsWith('$')) result = mergeField(result, { key, value, patch }, schema);
  }
  return orphanDirectives(result, patch, schema);
}

function retained(target: JsonObject, keys: unknown): JsonObject {
  if (!Array.isArray(keys)) return target;
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

type Field = { readonly key: string; readonly value: unknown; readonly patch: JsonObject };

function mergeField(target: JsonObject, { key, value, patch }: Field, schema: Schema): JsonObject {
  if (value === null) return without(target, key);
  const child = fieldSchema(schema, key);
  const before = own(target, key);
  if (isObject(value)) return { ...target, [key]: mergeMaps(isObject(before) ? before : {}, value, child) };
  if (!Array.isArray(value)) return { ...target, [key]: value };
  const merged = mergeLists(Array.isArray(before) ? before : [], value, child);
  const remaining = withoutPrimitives(merged, patch[DELETE_PRIMITIVE + key]);
  return { ...target, [key]: ordered(remaining, patch[ORDER + key], child) };
}

/** Directives about lists the patch does not otherwise mention: a reordering, or items removed from a list of primitives. */
function orphanDirectives(target: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
  let result = target;
  for (const [directive, value] of Object.entries(patch)) {
    const key = /^\$(?:setElementOrder|deleteFromPrimitiveList)\/(.*)$/.exec(directive)?.[1];
    const list = key === undefined || Object.hasOwn(patch, key) ? undefined : own(result, key);
    if (key === undefined || !Array.isArray(list)) continue;
    const next = directive.startsWith(ORDER)
      ? ordered(list, value, fieldSchema(schema, key))
      : withoutPrimitives(list, value);
    result = { ...result, [key]: next };
  }
  return result;
}

function mergeLists(target: readonly unknown[], patch: readonly unknown[], schema: Schema): readonly unknown[] {
  if (isSet(schema)) return [...target, ...patch.filter((item) => !target.includes(item))];
  const key = listMapKeys(schema)?.[0];
  if (key === undefined) return patch;
  if (patch.some((item) => isObject(item) && item[DIRECTIVE] === 'replace' && !Object.hasOwn(item, key))) {
    return patch.filter((item) => !isObject(item) || item[DIRECTIVE] === undefined);
  }
  return patch.reduce<readonly unknown[]>((list, item) => mergeItem(list, item, { key, schema }), target);
}

function mergeItem(
  list: readonly unknown[],
  item: unknown,
  { key, schema }: { key: string; schema: Schema },
): readonly unknown[] {
  if (!isObject(item) || !Object.hasOwn(item, key))
    throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
  const index = list.findIndex((candidate) => isObject(candidate) && equalJson(candidate[key], item[key]));
  if (item[DIRECTIVE] === 'delete') return index < 0 ? list : list.toSpliced(index, 1);
  const before = list[index];
  const merged = mergeMaps(isObject(before) ? before : {}, item, itemSchema(schema));
  return index < 0 ? [...list, merged] : list.with(index, merged);
}

function withoutPrimitives(list: readonly unknown[], removed: unknown): readonly unknown[] {
  return Array.isArray(removed) ? list.filter((item) => !removed.includes(item)) : list;
}

/** Items named by the order come in that order; the others keep their place relative to their predecessor. */
function ordered(list: readonly unknown[], order: unknown, schema: Schema): readonly unknown[] {
  if (!Array.isArray(order)) return list;
  const key = listMapKeys(schema)?.[0];
  const identity = (item: unknown) => (key !== undefined && isObject(item) ? item[key] : item);
  const wanted = order.map(identity);
  const rank = (item: unknown) => wanted.findIndex((candidate) => equalJson(candidate, identity(item)));
  const named = list.filter((item) => rank(item) >= 0).toSorted((a, b) => rank(a) - rank(b));
  return list.map((item) => (rank(item) >= 0 ? named.shift() : item));
}
