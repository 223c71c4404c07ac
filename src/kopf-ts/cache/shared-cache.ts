// One list-watch with everyone who uses it: the store, its reflector, the listeners, and who waits for the first list.
import type { Requester } from '../client/retry.ts';
import type { Watcher } from '../client/watch-stream.ts';
import { linkSignals } from '../linked-signal.ts';
import type { Cache, Clock, KubeObject, Log, Resource, Selection, WatchEvent } from '../types.ts';
import type { CacheMetrics } from './cache-metrics.ts';
import { createObjectStore, type ObjectStore } from './object-store.ts';
import { createReflector } from './reflector.ts';

export type SharedCache<T extends KubeObject> = Cache<T> & {
  readonly store: ObjectStore<T>;
  /** Milliseconds on the clock of the last sign of life. */
  readonly lastBeat: number;
  /** Reports what is already held as added, then every change. Returns the unsubscribe function. */
  subscribe(listener: (event: WatchEvent<T>) => void): () => void;
  /** Lists and watches until `stop` or the signal. To be called once. */
  run(signal: AbortSignal): Promise<void>;
  stop(): void;
  readonly stopped: boolean;
  /** Resolves when there is a first list, or a reason why there is none. */
  readonly decided: Promise<void>;
};

export type SharedCacheParts = {
  readonly requester: Requester;
  readonly watcher: Watcher;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: CacheMetrics;
};

export type CacheDefinition<T extends KubeObject> = {
  readonly resource: Resource<T>;
  readonly selection: Selection;
  readonly project: (object: T) => T;
};

export function createSharedCache<T extends KubeObject>(
  definition: CacheDefinition<T>,
  parts: SharedCacheParts,
): SharedCache<T> {
  const { resource, selection } = definition;
  const { clock, log } = parts;
  const listeners = new Set<(event: WatchEvent<T>) => void>();
  const stopping = new AbortController();
  const firstList = Promise.withResolvers<void>();
  const decided = Promise.withResolvers<void>();
  let synced = false;
  let lastBeat = clock.now();

  /** A listener is somebody else's code: what it throws must not stop the cache or the other listeners. */
  function tell(listener: (event: WatchEvent<T>) => void, event: WatchEvent<T>): void {
    try {
      listener(event);
    } catch (error) {
      log.error('a watch listener threw', { resource: resource.plural, error });
    }
  }

  const store = createObjectStore<T>({
    resource,
    project: definition.project,
    onEvent: (event) => {
      for (const listener of listeners) tell(listener, event);
    },
  });
  const reflector = createReflector<T>({
    ...parts,
    ...definition,
    store,
    onSynced() {
      synced = true;
      firstList.resolve();
      decided.resolve();
    },
    onFailed: decided.resolve,
    beat: () => void (lastBeat = clock.now()),
  });

  return {
    resource,
    selection,
    store,
    get: (ref) => store.get(ref)?.object,
    list: () => store.list(),
    get synced() {
      return synced;
    },
    get problem() {
      return reflector.problem;
    },
    get lastBeat() {
      return lastBeat;
    },
    get stopped() {
      return stopping.signal.aborted;
    },
    whenSynced: (signal) => rejectOnAbort(firstList.promise, signal),
    subscribe(listener) {
      let wanted = true;
      // Not before the caller has its handle in hand. Nothing is lost: the watch cannot be read in between.
      queueMicrotask(() => {
        if (!wanted) return;
        for (const object of store.list()) tell(listener, { type: 'added', object });
        listeners.add(listener);
      });
      return () => {
        wanted = false;
        listeners.delete(listener);
      };
    },
    async run(signal) {
      using link = linkSignals(signal, stopping.signal);
      lastBeat = clock.now();
      await reflector.run(link.signal);
      stopping.abort();
    },
    decided: decided.promise,
    stop() {
      stopping.abort();
      decided.resolve();
      listeners.clear();
    },
  };
}

async function rejectOnAbort(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const reject = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', reject, { once: true });
  try {
    await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', reject);
  }
}
