// The objects of the fake API server: just enough of the API's semantics (versions, uids, deletion, finalizers, merge
// patches, a watch history) for the runtime's own tests.
import type { KubeObject } from '../types.ts';

export type StoredEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: string;
  readonly object: KubeObject;
};

type Fields = Record<string, unknown>;

export type FakeObjects = {
  get(path: string): KubeObject | undefined;
  /** Objects under a collection path, all namespaces when the path names none. */
  list(collection: string): readonly KubeObject[];
  put(path: string, object: KubeObject): KubeObject;
  remove(path: string): KubeObject | undefined;
  readonly version: number;
  readonly history: readonly (StoredEvent & { readonly version: number })[];
  subscribe(listener: (event: StoredEvent) => void): () => void;
};

/** Paths are the API's without the namespace segment in front of the plural: `/api/v1/pods/<namespace>/<name>`. */
export function createFakeObjects(): FakeObjects {
  const objects = new Map<string, KubeObject>();
  const history: (StoredEvent & { readonly version: number })[] = [];
  const listeners = new Set<(event: StoredEvent) => void>();
  let version = 100;
  let uids = 0;

  function stamp(object: KubeObject, held: KubeObject | undefined): KubeObject {
    version += 1;
    const { uid = held?.metadata.uid ?? `uid-${++uids}` } = object.metadata;
    const specChanged =
      JSON.stringify((object as Fields)['spec']) !== JSON.stringify((held as Fields | undefined)?.['spec']);
    const generation = (held?.metadata.generation ?? 0) + (specChanged || held === undefined ? 1 : 0);
    return { ...object, metadata: { ...object.metadata, uid, generation, resourceVersion: String(version) } };
  }

  function tell(type: StoredEvent['type'], path: string, object: KubeObject): void {
    const event = { type, collection: collectionOf(path), object };
    history.push({ ...event, version });
    for (const listener of listeners) listener(event);
  }

  function drop(path: string, held: KubeObject): KubeObject {
    objects.delete(path);
    version += 1;
    const last = { ...held, metadata: { ...held.metadata, resourceVersion: String(version) } };
    tell('DELETED', path, last);
    return last;
  }

  return {
    get: (path) => objects.get(path),
    list: (collection) =>
      [...objects].filter(([path]) => path.startsWith(`${collection}/`)).map(([, object]) => object),
    put(path, object) {
      const held = objects.get(path);
      const next = stamp(object, held);
      if (next.metadata.deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0)
        return drop(path, next);
      objects.set(path, next);
      tell(held === undefined ? 'ADDED' : 'MODIFIED', path, next);
      return next;
    },
    remove(path) {
      const held = objects.get(path);
      if (held === undefined) return undefined;
      if ((held.metadata.finalizers ?? []).length === 0) return drop(path, held);
      const deleting = { ...held, metadata: { ...held.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
      return this.put(path, deleting);
    },
    get version() {
      return version;
    },
    history,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** RFC 7386. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const result: Fields =
    typeof target === 'object' && target !== null && !Array.isArray(target) ? { ...(target as Fields) } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else result[name] = mergePatch(result[name], value);
  }
  return result;
}

function collectionOf(path: string): string {
  const parts = path.split('/');
  return parts.slice(0, path.startsWith('/api/') ? 4 : 5).join('/');
}
