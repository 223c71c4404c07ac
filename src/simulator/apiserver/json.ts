// Plain JSON as everything in this folder handles it: values are never mutated, stored ones are deep-frozen, and a new
// version of an object shares every subtree that did not change with the version before it.

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isEmptyObject(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

/** Structural equality; a key whose value is `undefined` counts as missing, as it does once it has been serialised. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  return (
    definedKeys(a).length === definedKeys(b).length && definedKeys(a).every((key) => equalJson(a[key], own(b, key)))
  );
}

function definedKeys(object: JsonObject): string[] {
  return Object.keys(object).filter((key) => object[key] !== undefined);
}

/** The object's own value under the key: `constructor` and its like are ordinary names in a label map. */
export function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** The value at a path of object keys, `undefined` where the path ends early. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value;
  for (const key of path) {
    if (!isObject(current)) return undefined;
    current = own(current, key);
  }
  return current;
}

/** A scalar as text; '' for what is missing or no scalar. */
export function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** The object with the value at the path replaced (`undefined` removes it); parents are made when missing. */
export function withValue(object: JsonObject, path: readonly string[], value: unknown): JsonObject {
  const [head, ...rest] = path;
  if (head === undefined) return object;
  const child = own(object, head);
  const next = rest.length === 0 ? value : withValue(isObject(child) ? child : {}, rest, value);
  if (next !== undefined) return { ...object, [head]: next };
  return without(object, head);
}

export function without(object: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

/**
 * `next`, deep-frozen, with every subtree that equals its counterpart in `old` replaced by that counterpart. Returns `old`
 * itself when nothing changed. Parts that are frozen already (deeply, as everything here is) are taken as they are; all else
 * is copied, so a caller may go on changing what it handed in. Items of lists are compared by position.
 */
export function shareWith(old: unknown, next: unknown): unknown {
  if (old === next || (old === undefined && Object.isFrozen(next))) return next;
  if (Array.isArray(next)) return shareList(Array.isArray(old) ? old : [], next, Array.isArray(old) ? old : undefined);
  if (isObject(next)) return shareObject(isObject(old) ? old : {}, next, isObject(old) ? old : undefined);
  return next;
}

function shareList(old: readonly unknown[], next: readonly unknown[], whole: unknown): unknown {
  const items = next.map((item, index) => shareWith(old[index], item ?? null));
  if (whole !== undefined && items.length === old.length && items.every((item, index) => item === old[index]))
    return whole;
  return Object.freeze(items);
}

function shareObject(old: JsonObject, next: JsonObject, whole: unknown): unknown {
  const keys = definedKeys(next);
  let same = whole !== undefined && keys.length === Object.keys(old).length;
  const entries = keys.map((key): [string, unknown] => {
    const value = shareWith(own(old, key), next[key]);
    same &&= Object.hasOwn(old, key) && value === old[key];
    return [key, value];
  });
  return same ? whole : Object.freeze(Object.fromEntries(entries));
}

/** A deep-frozen copy. */
export function frozen<T>(value: T): T {
  return shareWith(undefined, value) as T;
}
