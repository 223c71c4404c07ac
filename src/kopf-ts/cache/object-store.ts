// The objects of one list-watch and the rules by which they change. No I/O: the reflector feeds it, the gate waits on it.
//
// Rules: an object never moves backwards (an older resourceVersion of the same uid is ignored); another uid under the
// same name is a deletion and an addition; what a direct GET took out of the store (gone, or out of the selection) is
// remembered until the watch has got that far, so that a late event cannot bring it back.
import { apiVersion, objectKey, refOf } from '../resource-key.ts';
import { isAtLeast } from '../resource-version.ts';
import type { KubeObject, Ref, Resource, WatchEvent } from '../types.ts';

export type Entry<T> = {
  readonly key: string;
  readonly object: T;
  readonly uid: string;
  readonly version: string;
  readonly deleting: boolean;
};

/** What a direct GET found: the object, that it does not (any more) belong in this store, or that there is none. */
export type Found<T> = { readonly kind: 'object' | 'unselected'; readonly raw: T } | { readonly kind: 'missing' };

/** No version of that uid will ever be current again. */
const GONE = 'gone';

export type ObjectStore<T extends KubeObject> = {
  get(ref: Ref): Entry<T> | undefined;
  list(): readonly T[];
  readonly size: number;
  /** Everything up to this version has been seen. */
  readonly version: string | undefined;
  apply(type: 'ADDED' | 'MODIFIED' | 'DELETED', raw: T): void;
  /** Progress without a change. */
  bookmark(version: string): void;
  /** A complete list. What is missing from it is gone. */
  replace(items: readonly Entry<T>[], version: string): void;
  /** The outcome of a direct GET that was sent when the store held `before` under this name. */
  feed(ref: Ref, found: Found<T>, before: Entry<T> | undefined): void;
  /** Makes an entry of a raw object: identity is taken before projection may drop it. */
  admit(raw: T): Entry<T>;
  /** Calls `listener` after every change and bookmark; returns the unsubscribe function. */
  onProgress(listener: () => void): () => void;
};

export type StoreParts<T extends KubeObject> = {
  readonly resource: Resource<T>;
  readonly project: (object: T) => T;
  readonly onEvent: (event: WatchEvent<T>) => void;
};

export function createObjectStore<T extends KubeObject>(parts: StoreParts<T>): ObjectStore<T> {
  const { resource, project, onEvent } = parts;
  const entries = new Map<string, Entry<T>>();
  /** By uid: the version up to which the watch's word is outdated. */
  const outdated = new Map<string, string>();
  const listeners = new Set<() => void>();
  let version: string | undefined;
  let listed: readonly T[] | undefined;

  function admit(raw: T): Entry<T> {
    const { uid = '', resourceVersion = '', deletionTimestamp } = raw.metadata;
    const named = raw.kind === undefined ? { ...raw, apiVersion: apiVersion(resource), kind: resource.kind } : raw;
    const deleting = deletionTimestamp !== undefined;
    return { key: objectKey(refOf(raw)), object: project(named), uid, version: resourceVersion, deleting };
  }

  function set(next: Entry<T>): void {
    const { key } = next;
    const old = entries.get(key);
    if (old !== undefined && old.version === next.version && old.uid === next.uid) return;
    entries.set(key, next);
    listed = undefined;
    if (old !== undefined && old.uid === next.uid) onEvent({ type: 'modified', object: next.object, old: old.object });
    else {
      if (old !== undefined) onEvent({ type: 'deleted', object: old.object });
      onEvent({ type: 'added', object: next.object });
    }
  }

  function remove(key: string, last?: T): void {
    const old = entries.get(key);
    if (old === undefined) return;
    entries.delete(key);
    listed = undefined;
    onEvent({ type: 'deleted', object: last ?? old.object });
  }

  function progressed(seen?: string): void {
    if (seen !== undefined && seen !== '' && !isAtLeast(version, seen)) version = seen;
    for (const listener of listeners) listener();
  }

  function isStale(next: Entry<T>, held: Entry<T> | undefined): boolean {
    const floor = outdated.get(next.uid);
    if (floor !== undefined && (floor === GONE || isAtLeast(floor, next.version))) return true;
    return held !== undefined && held.version !== next.version && isAtLeast(held.version, next.version);
  }

  function takeOut(held: Entry<T>, floor: string): void {
    outdated.set(held.uid, floor);
    remove(held.key);
  }

  return {
    get: (ref) => entries.get(objectKey(ref)),
    list: () => (listed ??= Array.from(entries.values(), (entry) => entry.object)),
    get size() {
      return entries.size;
    },
    get version() {
      return version;
    },
    apply(type, raw) {
      const next = admit(raw);
      const held = entries.get(next.key);
      if (type === 'DELETED') {
        if (held?.uid === next.uid) remove(next.key, next.object);
        outdated.delete(next.uid);
      } else if (!isStale(next, held)) set(next);
      progressed(next.version);
    },
    bookmark: progressed,
    replace(items, listVersion) {
      const present = new Set<string>();
      const uids = new Set<string>();
      for (const next of items) {
        present.add(next.key);
        uids.add(next.uid);
        if (!isStale(next, entries.get(next.key))) set(next);
      }
      for (const key of entries.keys()) if (!present.has(key)) remove(key);
      for (const [uid, floor] of outdated) if (!uids.has(uid) || isAtLeast(listVersion, floor)) outdated.delete(uid);
      version = listVersion;
      progressed();
    },
    feed(ref, found, before) {
      const held = entries.get(objectKey(ref));
      if (found.kind === 'missing') {
        // Only what was there when the question was asked is known to be gone.
        if (held !== undefined && held === before) takeOut(held, GONE);
      } else {
        const next = admit(found.raw);
        const known = held?.version ?? version;
        const news = !isStale(next, held) && !isAtLeast(known, next.version);
        if (news && found.kind === 'object') set(next);
        else if (news && held !== undefined) takeOut(held, held.uid === next.uid ? next.version : GONE);
      }
      progressed();
    },
    admit,
    onProgress(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
