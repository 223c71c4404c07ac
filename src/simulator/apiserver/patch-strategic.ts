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

function mergeField(into: JsonObject, { key, value, patch }: Field, schema: Schema): JsonObject {
  if (value === null) return without(into, key);
  const child = fieldSchema(schema, key);
  const before = own(into, key);
  if (isObject(value)) return { ...into, [key]: mergeMaps(isObject(before) ? before : {}, value, child) };
  if (!Array.isArray(value)) return { ...into, [key]: value };
  const target = Array.isArray(before) ? before : [];
  const merged = withoutPrimitives(mergeLists(target, value, child), patch[DELETE_PRIMITIVE + key]);
  const order = patch[ORDER + key];
  return {
    ...into,
    [key]: interleaved(merged, { target, order: Array.isArray(order) ? order : value, schema: child }),
  };
}

/** Directives about lists the patch does not otherwise mention: a reordering, or items removed from a list of primitives. */
function orphanDirectives(target: JsonObject, patch: JsonObject, schema: Schema): JsonObject {
  let result = target;
  for (const [directive, value] of Object.entries(patch)) {
    const key = /^\$(?:setElementOrder|deleteFromPrimitiveList)\/(.*)$/.exec(directive)?.[1];
    const list = key === undefined || Object.hasOwn(patch, key) ? undefined : own(result, key);
    if (key === undefined || !Array.isArray(list)) continue;
    const next =
      directive.startsWith(ORDER) && Array.isArray(value)
        ? interleaved(list, { target: list, order: value, schema: fieldSchema(schema, key) })
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

type Sides = { readonly target: readonly unknown[]; readonly order: readonly unknown[]; readonly schema: Schema };

/**
 * The items the patch names, in the order it names them, among the others in theirs: of two that were both there before,
 * the earlier one comes first; otherwise the named one. So a container that is new comes before those not named.
 */
function interleaved(merged: readonly unknown[], { target, order, schema }: Sides): readonly unknown[] {
  const key = listMapKeys(schema)?.[0];
  if (key === undefined && !isSet(schema)) return merged;
  const place = (list: readonly unknown[], item: unknown) => indexOfItem(list, item, key);
  const others = merged.filter((item) => place(order, item) < 0);
  const named = merged.filter((item) => place(order, item) >= 0).toSorted((a, b) => place(order, a) - place(order, b));
  return merged.flatMap(() => {
    const [other, next] = [others[0], named[0]];
    const before = place(target, other) >= 0 && place(target, next) >= 0 && place(target, other) < place(target, next);
    const taken = next === undefined || (other !== undefined && before) ? others.shift() : named.shift();
    return taken === undefined ? [] : [taken];
  });
}

function indexOfItem(list: readonly unknown[], item: unknown, key: string | undefined): number {
  const identity = (value: unknown) => (key !== undefined && isObject(value) ? value[key] : value);
  return list.findIndex((candidate) => equalJson(identity(candidate), identity(item)));
}

function mergeItem(
  list: readonly unknown[],
  item: unknown,
  { key, schema }: { key: string; schema: Schema },
): readonly unknown[] {
  if (!isObject(item) || !Object.hasOwn(item, key))
    throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
  const index = indexOfItem(list, item, key);
  if (item[DIRECTIVE] === 'delete') return index < 0 ? list : list.toSpliced(index, 1);
  const before = list[index];
  const merged = mergeMaps(isObject(before) ? before : {}, item, itemSchema(schema));
  return index < 0 ? [...list, merged] : list.with(index, merged);
}

function withoutPrimitives(list: readonly unknown[], removed: unknown): readonly unknown[] {
  return Array.isArray(removed) ? list.filter((item) => !removed.includes(item)) : list;
}
