// All caches of one operator. Whoever asks for the same resource, selection and projection shares one list-watch; the
// last to close it ends it.
import type { Registry } from 'prom-client';
import type { CacheOptions, OpenCache } from '../options.ts';
import { resourceKey } from '../resource-key.ts';
import type { Clock, KubeObject, Resource, Selection } from '../types.ts';
import { createCacheMetrics } from './cache-metrics.ts';
import { dropManagedFields } from './projection.ts';
import { createSharedCache, type SharedCache, type SharedCacheParts } from './shared-cache.ts';

export type CacheHub = {
  open<T extends KubeObject>(
    resource: Resource<T>,
    options?: CacheOptions<T>,
  ): OpenCache<T> & { readonly shared: SharedCache<T> };
  /** Starts what is open; what is opened later starts at once. */
  start(signal: AbortSignal): void;
  /** The caches of that resource. */
  covering(resource: Resource): readonly SharedCache<KubeObject>[];
  readonly all: readonly SharedCache<KubeObject>[];
};

type Slot = { readonly key: string; readonly project: unknown; readonly cache: SharedCache<KubeObject>; users: number };

export function createCacheHub(parts: Omit<SharedCacheParts, 'metrics'>, registry: Registry): CacheHub {
  const slots = new Set<Slot>();
  const metrics = createCacheMetrics(registry, () => figures(slots, parts.clock));
  let running: AbortSignal | undefined;

  function acquire<T extends KubeObject>(resource: Resource<T>, options: CacheOptions<T>): Slot {
    const { selection = {}, project = dropManagedFields<T> } = options;
    const identity = options.project ?? dropManagedFields;
    const key = slotKey(resource, selection);
    for (const slot of slots) if (slot.key === key && slot.project === identity) return slot;
    const cache = createSharedCache<T>({ resource, selection, project }, { ...parts, metrics });
    // The slot forgets T; `open` hands it back to callers that brought the same resource and projection.
    const slot: Slot = { key, project: identity, cache, users: 0 };
    slots.add(slot);
    if (running !== undefined) void cache.run(running);
    return slot;
  }

  return {
    open<T extends KubeObject>(resource: Resource<T>, options: CacheOptions<T> = {}) {
      const slot = acquire(resource, options);
      slot.users += 1;
      const shared = slot.cache as unknown as SharedCache<T>;
      const unsubscribe = options.onEvent === undefined ? undefined : shared.subscribe(options.onEvent);
      let open = true;
      return faceOf(shared, () => {
        if (!open) return;
        open = false;
        unsubscribe?.();
        slot.users -= 1;
        if (slot.users > 0) return;
        slot.cache.stop();
        slots.delete(slot);
      });
    },
    start(signal) {
      running = signal;
      for (const slot of slots) void slot.cache.run(signal);
    },
    covering: (resource) =>
      [...slots].filter((slot) => resourceKey(slot.cache.resource) === resourceKey(resource)).map((slot) => slot.cache),
    get all() {
      return [...slots].map((slot) => slot.cache);
    },
  };
}

function slotKey(resource: Resource, selection: Selection): string {
  return [resourceKey(resource), selection.namespace, selection.labelSelector, selection.fieldSelector].join('\n');
}

function figures(slots: Iterable<Slot>, clock: Clock): { resource: Resource; objects: number; lastContact: number }[] {
  return Array.from(slots, ({ cache }) => ({
    resource: cache.resource,
    objects: cache.store.size,
    lastContact: (clock.now() - cache.lastBeat) / 1000,
  }));
}

function faceOf<T extends KubeObject>(
  shared: SharedCache<T>,
  close: () => void,
): OpenCache<T> & { readonly shared: SharedCache<T> } {
  return {
    shared,
    resource: shared.resource,
    selection: shared.selection,
    get: shared.get,
    list: shared.list,
    get synced() {
      return shared.synced;
    },
    whenSynced: shared.whenSynced,
    get problem() {
      return shared.problem;
    },
    close,
  };
}
