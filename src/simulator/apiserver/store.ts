// The state of the simulated cluster and the only place that changes it: the HTTP side and the world both write through
// here, so every change gets its resourceVersion, its place in the history and its event exactly once, in order.
// What a create, an update or a delete does to metadata is decided in metadata.ts; this file commits it.
import { randomInt } from 'node:crypto';
import type { Clock, KubeObject, Ref, Resource } from 'kopf-ts';
import type { Store, StoreEvent, Stored } from '../types.ts';
import { startGarbageCollector } from './garbage-collector.ts';
import { createHistory, type Change, type History } from './history.ts';
import { frozen } from './json.ts';
import { created, type DeleteOptions, deletionStep, isFinished, updated } from './metadata.ts';
import type { Random } from './names.ts';
import { createSortedKeys, type SortedKeys } from './sorted-keys.ts';
import { alreadyExists } from './status-errors.ts';

export type Deletion = { readonly object: Stored; readonly removed: boolean };

/** The store with what the HTTP side needs beyond the world's view of it. */
export type ApiStore = Store & {
  /** The global resourceVersion: that of the last change. */
  readonly revision: number;
  create(resource: Resource, object: KubeObject, options?: { readonly dryRun?: boolean }): Stored;
  update(
    resource: Resource,
    ref: Ref,
    change: (object: Stored) => KubeObject,
    options?: { readonly dryRun?: boolean },
  ): Stored | undefined;
  /** DELETE with everything it can ask for. Returns undefined when there is no such object; throws Conflict on preconditions. */
  delete(resource: Resource, ref: Ref, options: DeleteOptions): Deletion | undefined;
  history(resource: Resource): History;
  /** Forgets the history of every resource, as etcd's compaction: watches from older versions answer 410. */
  compact(): void;
};

type Collection = {
  readonly resource: Resource;
  readonly objects: Map<string, Stored>;
  readonly history: History;
  readonly keys: SortedKeys;
};

type Options = { readonly clock: Clock; readonly random?: Random; readonly historySize?: number };

/** Above this, etcd-like stores would start paging to disk; here it bounds the memory the history holds, per resource. */
const HISTORY_SIZE = 10_000;

/** Names a resource whatever its version. */
export function resourceKey(resource: { readonly group: string; readonly plural: string }): string {
  return `${resource.group}/${resource.plural}`;
}

function objectKey(ref: Ref): string {
  return `${ref.namespace ?? ''}/${ref.name}`;
}

/** An empty cluster. Random numbers feed UIDs and generated names only. */
export function createStore(options: Options): ApiStore {
  const store = new MemoryStore(options);
  startGarbageCollector(store);
  return store;
}

class MemoryStore implements ApiStore {
  readonly clock: Clock;
  readonly #random: Random;
  readonly #historySize: number;
  readonly #collections = new Map<string, Collection>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  readonly #pending: StoreEvent[] = [];
  #delivering = false;
  #revision = 1;

  constructor(options: Options) {
    this.clock = options.clock;
    this.#random = options.random ?? (() => randomInt(0x1_0000_0000) / 0x1_0000_0000);
    this.#historySize = options.historySize ?? HISTORY_SIZE;
  }

  get revision(): number {
    return this.#revision;
  }

  get(resource: Resource, ref: Ref): Stored | undefined {
    return this.#collection(resource).objects.get(objectKey(ref));
  }

  list(resource: Resource, namespace?: string): readonly Stored[] {
    const collection = this.#collection(resource);
    const keys = namespace === undefined ? collection.keys.all() : collection.keys.startingWith(`${namespace}/`);
    return keys.flatMap((key) => collection.objects.get(key) ?? []);
  }

  create(resource: Resource, object: KubeObject, options: { readonly dryRun?: boolean } = {}): Stored {
    const wanted = created(resource, object, { now: this.clock.now(), random: this.#random });
    const { name, namespace } = wanted.metadata;
    const ref: Ref = namespace === undefined ? { name } : { name, namespace };
    if (this.get(resource, ref) !== undefined) throw alreadyExists(resource, name);
    if (options.dryRun === true) return frozen(wanted);
    const stored = this.#stamped(wanted);
    this.#put(resource, ref, stored);
    this.#emit({ type: 'ADDED', resource, object: stored });
    return stored;
  }

  update(
    resource: Resource,
    ref: Ref,
    change: (object: Stored) => KubeObject,
    options: { readonly dryRun?: boolean } = {},
  ): Stored | undefined {
    const live = this.get(resource, ref);
    if (live === undefined) return undefined;
    const next = updated(resource, live, change(live));
    return options.dryRun === true ? frozen(next) : this.#commit(resource, ref, live, next);
  }

  remove(resource: Resource, ref: Ref, options: { readonly uid?: string; readonly force?: boolean } = {}): boolean {
    const live = this.get(resource, ref);
    if (live === undefined) return false;
    if (options.uid !== undefined && options.uid !== live.metadata.uid) return false;
    this.delete(resource, ref, options.force === true ? { gracePeriodSeconds: 0 } : {});
    return true;
  }

  delete(resource: Resource, ref: Ref, options: DeleteOptions): Deletion | undefined {
    const live = this.get(resource, ref);
    if (live === undefined) return undefined;
    const step = deletionStep(resource, live, options, this.clock.now());
    if (options.dryRun === true) return { object: step.object, removed: step.gone };
    if (step.gone) return { object: this.#drop(resource, ref, live, step.object), removed: true };
    return { object: this.#commit(resource, ref, live, step.object), removed: false };
  }

  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  history(resource: Resource): History {
    return this.#collection(resource).history;
  }

  compact(): void {
    for (const collection of this.#collections.values()) collection.history.compact(this.#revision);
  }

  #collection(resource: Resource): Collection {
    const key = resourceKey(resource);
    let collection = this.#collections.get(key);
    if (collection === undefined) {
      const history = createHistory(this.#historySize, 1);
      collection = { resource, objects: new Map(), history, keys: createSortedKeys() };
      this.#collections.set(key, collection);
    }
    return collection;
  }

  #commit(resource: Resource, ref: Ref, live: Stored, next: Stored): Stored {
    if (next === live) return live;
    if (isFinished(next)) return this.#drop(resource, ref, live, next);
    const stored = this.#stamped(next);
    this.#put(resource, ref, stored);
    this.#emit({ type: 'MODIFIED', resource, object: stored, old: live });
    return stored;
  }

  /** The object gets the next resourceVersion and is frozen; what is frozen already is shared, not copied. */
  #stamped(object: Stored): Stored {
    this.#revision += 1;
    return frozen({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } });
  }

  #put(resource: Resource, ref: Ref, stored: Stored): void {
    const collection = this.#collection(resource);
    const key = objectKey(ref);
    if (!collection.objects.has(key)) collection.keys.add(key);
    collection.objects.set(key, stored);
  }

  #drop(resource: Resource, ref: Ref, live: Stored, last: Stored): Stored {
    const collection = this.#collection(resource);
    collection.objects.delete(objectKey(ref));
    collection.keys.remove(objectKey(ref));
    const stored = this.#stamped(last);
    this.#emit({ type: 'DELETED', resource, object: stored, old: live });
    return stored;
  }

  /** A listener that writes causes events of its own: they wait until everybody has heard of the first one. */
  #emit(event: StoreEvent): void {
    const change: Change = { ...event, version: this.#revision };
    this.#collection(event.resource).history.append(change);
    this.#pending.push(change);
    if (this.#delivering) return;
    this.#delivering = true;
    for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift()) this.#deliver(next);
    this.#delivering = false;
  }

  #deliver(event: StoreEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        // A listener's defect must neither fail the write it heard of nor starve the other listeners, but it must be seen.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
