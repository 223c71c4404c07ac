// The garbage collector of kube-controller-manager, small: what belongs only to owners that are gone goes too, and the
// finalizers `foregroundDeletion` and `orphan` are worked off. What is in a deleted namespace goes as well. It runs after the write that caused it, never inside it.
import type { OwnerReference, Ref, Resource } from 'kopf-ts';
import { NAMESPACES, type Store, type StoreEvent, type Stored } from '../types.ts';
import { FOREGROUND, ORPHAN } from './metadata.ts';

type Entry = {
  readonly resource: Resource;
  readonly ref: Ref;
  readonly uid: string;
  readonly owners: readonly OwnerReference[];
};

/** Watches the store until it is dropped. References to an owner that never existed count as dangling, as in the real one. */
export function startGarbageCollector(store: Store): void {
  const collector = new GarbageCollector(store);
  store.subscribe((event) => collector.observe(event));
}

class GarbageCollector {
  readonly #store: Store;
  readonly #entries = new Map<string, Entry>();
  /** Owner uid → uids of what it owns. */
  readonly #dependents = new Map<string, Set<string>>();
  readonly #dirty = new Set<string>();
  #scheduled = false;

  constructor(store: Store) {
    this.#store = store;
  }

  observe(event: StoreEvent): void {
    const { uid } = event.object.metadata;
    if (uid === undefined) return;
    if (event.type !== 'DELETED') return this.#remember(event, uid);
    this.#forget(uid);
    if (event.resource.plural === NAMESPACES.plural && event.resource.group === '')
      this.#empty(event.object.metadata.name);
  }

  #remember(event: StoreEvent, uid: string): void {
    const { object, old, resource } = event;
    const owners = object.metadata.ownerReferences ?? [];
    if (old === undefined || old.metadata.ownerReferences !== object.metadata.ownerReferences) {
      this.#index(uid, { resource, ref: refOf(object), uid, owners });
      if (owners.length > 0) this.#visit(uid);
    }
    const { finalizers, deletionTimestamp } = object.metadata;
    if (deletionTimestamp !== undefined && finalizers?.some(isOurs) === true) this.#visit(uid);
  }

  #index(uid: string, entry: Entry): void {
    for (const owner of this.#entries.get(uid)?.owners ?? []) this.#dependents.get(owner.uid)?.delete(uid);
    this.#entries.set(uid, entry);
    for (const owner of entry.owners) {
      const set = this.#dependents.get(owner.uid) ?? new Set();
      this.#dependents.set(owner.uid, set.add(uid));
    }
  }

  #forget(uid: string): void {
    const owners = this.#entries.get(uid)?.owners ?? [];
    this.#entries.delete(uid);
    for (const owner of owners) {
      this.#dependents.get(owner.uid)?.delete(uid);
      this.#visit(owner.uid);
    }
    for (const dependent of this.#dependents.get(uid) ?? []) this.#visit(dependent);
  }

  /** What was in a namespace goes with it: here at once, in the real cluster before it. */
  #empty(namespace: string): void {
    const inside = [...this.#entries.values()].filter((entry) => entry.ref.namespace === namespace);
    queueMicrotask(() => {
      for (const { resource, ref, uid } of inside) this.#store.remove(resource, ref, { uid });
    });
  }

  #visit(uid: string): void {
    this.#dirty.add(uid);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      const uids = [...this.#dirty];
      this.#dirty.clear();
      for (const each of uids) this.#process(each);
    });
  }

  #process(uid: string): void {
    const entry = this.#entries.get(uid);
    if (entry === undefined) return;
    const object = this.#store.get(entry.resource, entry.ref);
    if (object === undefined || object.metadata.uid !== uid) return;
    const finalizers = object.metadata.deletionTimestamp === undefined ? [] : (object.metadata.finalizers ?? []);
    if (finalizers.includes(ORPHAN)) this.#orphan(entry);
    else if (finalizers.includes(FOREGROUND)) this.#deleteDependents(entry);
    if (this.#isDangling(entry)) this.#store.remove(entry.resource, entry.ref, { uid });
  }

  #isDangling(entry: Entry): boolean {
    return entry.owners.length > 0 && entry.owners.every((owner) => !this.#entries.has(owner.uid));
  }

  #dependentsOf(uid: string): readonly Entry[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#entries.get(dependent) ?? []);
  }

  #orphan(owner: Entry): void {
    for (const dependent of this.#dependentsOf(owner.uid)) {
      this.#change(dependent, (metadata) => ({
        ...metadata,
        ownerReferences: metadata.ownerReferences?.filter((reference) => reference.uid !== owner.uid) ?? [],
      }));
    }
    this.#change(owner, (metadata) => ({
      ...metadata,
      finalizers: metadata.finalizers?.filter((name) => name !== ORPHAN) ?? [],
    }));
  }

  #deleteDependents(owner: Entry): void {
    const dependents = this.#dependentsOf(owner.uid);
    for (const { resource, ref, uid } of dependents) this.#store.remove(resource, ref, { uid });
    const blocking = this.#dependentsOf(owner.uid).some((dependent) =>
      dependent.owners.some((reference) => reference.uid === owner.uid && reference.blockOwnerDeletion === true),
    );
    if (blocking) return;
    this.#change(owner, (metadata) => ({
      ...metadata,
      finalizers: metadata.finalizers?.filter((name) => name !== FOREGROUND) ?? [],
    }));
  }

  #change(entry: Entry, change: (metadata: Stored['metadata']) => Stored['metadata']): void {
    this.#store.update(entry.resource, entry.ref, (object) => ({ ...object, metadata: change(object.metadata) }));
  }
}

function isOurs(finalizer: string): boolean {
  return finalizer === FOREGROUND || finalizer === ORPHAN;
}

export function refOf(object: Stored): Ref {
  const { name, namespace } = object.metadata;
  return namespace === undefined ? { name } : { name, namespace };
}
