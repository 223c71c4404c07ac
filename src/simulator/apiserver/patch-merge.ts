// JSON merge patch, RFC 7386: objects are merged, null removes, everything else replaces.
import { isObject, type JsonObject, own } from './json.ts';

export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  return mergeObject(isObject(target) ? target : {}, patch);
}

function mergeObject(target: JsonObject, patch: JsonObject): JsonObject {
  const kept = Object.entries(target).filter(([key]) => !Object.hasOwn(patch, key));
  const patched = Object.entries(patch).flatMap(([key, value]) =>
    value === null ? [] : [[key, mergePatch(own(target, key), value)]],
  );
  return Object.fromEntries([...kept, ...patched]) as JsonObject;
}
