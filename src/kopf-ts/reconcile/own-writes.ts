// The own-write gate: no handler sees a cache that is older than what the same handler last wrote.
//
// Every write through a handler's client leaves a note under the handler's object. Before the next pass over that
// object, the gate waits until each cache that covers a written object has seen the write (or its deletion). It waits
// by event, so the price is the watch's latency. Where the watch does not deliver in time, or nobody knows whether the
// write was carried out, the object is read directly and the caches are given what was found: with `get`, or, where that
// is forbidden, with the right its caches live on, a `list` of that one name.
import type { CacheHub } from '../cache/cache-hub.ts';
import type { SharedCache } from '../cache/shared-cache.ts';
import { isSelected } from '../cache/selection.ts';
import { ApiError } from '../errors.ts';
import { linkSignals } from '../linked-signal.ts';
import { objectKey, resourceKey, resourceName } from '../resource-key.ts';
import { isAtLeast } from '../resource-version.ts';
import type { Client, Clock, KubeObject, Log, Ref, Resource } from '../types.ts';

/** How long (ms) the watch may take to bring back our own write. Kopf's consistency time-out. */
const PATIENCE = 5000;

export type WriteNote =
  | { readonly kind: 'written'; readonly resource: Resource; readonly ref: Ref; readonly object: KubeObject }
  /** `uid` unknown: whatever the caches held under that name when it was noted. */
  | { readonly kind: 'removed'; readonly resource: Resource; readonly ref: Ref; readonly uid?: string | undefined }
  /** The answer was lost, or contradicts the caches (conflict, not found): only a look will tell. */
  | { readonly kind: 'unclear'; readonly resource: Resource; readonly ref: Ref };

export type OwnWrites = {
  note(key: string, note: WriteNote): void;
  /** A write under way: `settle` waits for its answer. */
  track<R>(key: string, write: Promise<R>): Promise<R>;
  /** Resolves when the caches are as new as everything noted under this key. Rejects when the signal fires or a direct read fails. */
  settle(key: string, signal: AbortSignal): Promise<void>;
};

type Parts = {
  readonly hub: CacheHub;
  readonly client: Pick<Client, 'get' | 'list'>;
  readonly clock: Clock;
  readonly log: Log;
};

type Found = KubeObject | undefined;

export function createOwnWrites({ hub, client, clock, log }: Parts): OwnWrites {
  /** By handler's object, then by written object: a later write supersedes an earlier one. */
  const notes = new Map<string, Map<string, WriteNote>>();
  const underWay = new Map<string, Set<Promise<unknown>>>();
  /** Resources of which it has been said that `get` is forbidden. */
  const complained = new Set<string>();

  function behind(note: WriteNote): readonly SharedCache<KubeObject>[] {
    return hub.covering(note.resource).filter((cache) => cache.synced && !cache.stopped && isBehind(note, cache));
  }

  async function awaitWatch(pending: readonly WriteNote[], signal: AbortSignal): Promise<void> {
    const settled = (): boolean => pending.every((note) => behind(note).length === 0);
    if (settled()) return;
    using wait = linkSignals(signal);
    const check = (): void => {
      if (settled()) wait.abort('settled');
    };
    const caches = new Set(pending.flatMap((note) => hub.covering(note.resource)));
    const unsubscribe = Array.from(caches, (cache) => cache.store.onProgress(check));
    await clock.sleep(PATIENCE, wait.signal);
    for (const stop of unsubscribe) stop();
  }

  /** Rejects when listing is forbidden too: a handler that might see an older cache must not run. */
  async function read(note: WriteNote, signal: AbortSignal): Promise<Found> {
    try {
      return await client.get(note.resource, note.ref, { signal });
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 403)) throw error;
      complain(resourceName(note.resource), error);
      return listOne(client, note, signal);
    }
  }

  function complain(resource: string, { message }: ApiError): void {
    if (complained.has(resource)) return;
    complained.add(resource);
    log.warn('looking at an own write is forbidden, listing it instead', { verb: 'get', resource, problem: message });
  }

  async function look(note: WriteNote, signal: AbortSignal): Promise<void> {
    const caches = behind(note);
    if (caches.length === 0) return;
    const before = caches.map((cache) => cache.store.get(note.ref));
    const raw = await read(note, signal);
    caches.forEach((cache, index) => {
      const selected = raw !== undefined && isSelected(raw, cache.selection);
      const found =
        raw === undefined
          ? ({ kind: 'missing' } as const)
          : ({ kind: selected ? 'object' : 'unselected', raw } as const);
      cache.store.feed(note.ref, found, before[index]);
    });
    log.debug('an own write was looked up directly', { resource: note.resource.plural, ...note.ref, kind: note.kind });
  }

  return {
    note(key, note) {
      const mine = notes.get(key) ?? new Map<string, WriteNote>();
      notes.set(key, mine);
      mine.set(`${resourceKey(note.resource)} ${objectKey(note.ref)}`, withUid(note, hub));
    },
    track(key, write) {
      const mine = underWay.get(key) ?? new Set();
      underWay.set(key, mine.add(write));
      const over = (): void => {
        mine.delete(write);
        if (mine.size === 0) underWay.delete(key);
      };
      write.then(over, over);
      return write;
    },
    async settle(key, signal) {
      await Promise.allSettled(underWay.get(key) ?? new Set<Promise<unknown>>());
      const mine = notes.get(key);
      if (mine === undefined) return;
      await awaitWatch(
        [...mine.values()].filter((note) => note.kind !== 'unclear'),
        signal,
      );
      for (const [name, note] of mine) {
        signal.throwIfAborted();
        await look(note, signal);
        mine.delete(name);
      }
      if (mine.size === 0) notes.delete(key);
    },
  };
}

/** As current as `get`, and allowed to whoever may list the object for a cache. */
async function listOne(client: Pick<Client, 'list'>, note: WriteNote, signal: AbortSignal): Promise<Found> {
  const { name, namespace } = note.ref;
  const selection = { fieldSelector: `metadata.name=${name}`, ...(namespace === undefined ? {} : { namespace }) };
  const { items } = await client.list(note.resource, selection, { signal });
  return items.find(({ metadata }) => metadata.name === name);
}

function withUid(note: WriteNote, hub: CacheHub): WriteNote {
  if (note.kind !== 'removed' || note.uid !== undefined) return note;
  const held = hub.covering(note.resource).map((cache) => cache.store.get(note.ref)?.uid);
  return { ...note, uid: held.find((uid) => uid !== undefined) };
}

/** Pure: whether the cache covers the object and does not show the write yet. */
function isBehind(note: WriteNote, cache: SharedCache<KubeObject>): boolean {
  const { namespace } = cache.selection;
  if (namespace !== undefined && namespace !== note.ref.namespace) return false;
  const held = cache.store.get(note.ref);
  switch (note.kind) {
    case 'unclear':
      return true;
    case 'removed':
      return held !== undefined && held.uid === note.uid && !held.deleting;
    case 'written':
      if (held === undefined && !isSelected(note.object, cache.selection)) return false;
      return !showsWrite(note.object, held?.uid, held?.version, cache.store.version);
  }
}

function showsWrite(
  object: KubeObject,
  uid: string | undefined,
  held: string | undefined,
  seen: string | undefined,
): boolean {
  const { resourceVersion = '', deletionTimestamp, finalizers = [] } = object.metadata;
  // Taking the last finalizer off a deleted object removes it: that version never comes by on a watch.
  if (deletionTimestamp !== undefined && finalizers.length === 0) return uid !== object.metadata.uid;
  return (uid !== undefined && isAtLeast(held, resourceVersion)) || isAtLeast(seen, resourceVersion);
}
