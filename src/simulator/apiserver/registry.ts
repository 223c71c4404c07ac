// What the server serves right now: the built-in resources and those of the CRDs in the store. A CRD that is created,
// changed or deleted (through the API or in process) takes effect at once.
import type { ApiStore } from './store.ts';
import { BUILTINS, CUSTOM_RESOURCE_DEFINITIONS } from './builtins.ts';
import { establishedStatus, servedByCrd } from './crd.ts';
import { refOf } from './garbage-collector.ts';
import { timestamp } from './names.ts';
import type { Served } from './served.ts';
import { resourceKey } from './store.ts';
import type { StoreEvent, Stored } from '../types.ts';

export type Registry = {
  /** Whether anything is served at this version of the group. */
  has(group: string, version: string): boolean;
  find(group: string, version: string, plural: string): Served | undefined;
  all(): readonly Served[];
  close(): void;
};

export function createRegistry(store: ApiStore): Registry {
  const custom = new Map<string, readonly Served[]>();
  let index = indexed(BUILTINS);

  function set(crd: string, served: readonly Served[]): void {
    custom.set(crd, served);
    index = indexed([...BUILTINS, ...[...custom.values()].flat()]);
  }

  function declare(crd: Stored): void {
    set(crd.metadata.name, servedByCrd(crd));
    if (crd['status'] === undefined) establish(store, crd);
  }

  function observe(event: StoreEvent): void {
    if (resourceKey(event.resource) !== resourceKey(CUSTOM_RESOURCE_DEFINITIONS)) return;
    if (event.type !== 'DELETED') return declare(event.object);
    const gone = custom.get(event.object.metadata.name) ?? [];
    set(event.object.metadata.name, []);
    for (const { resource } of gone) {
      for (const object of store.list(resource)) store.remove(resource, refOf(object));
    }
  }

  for (const crd of store.list(CUSTOM_RESOURCE_DEFINITIONS)) declare(crd);
  const close = store.subscribe(observe);
  return {
    has: (group, version) =>
      [...index.values()].some(({ resource }) => resource.group === group && resource.version === version),
    find: (group, version, plural) => index.get(`${group}/${version}/${plural}`),
    all: () => [...index.values()],
    close,
  };
}

function indexed(all: readonly Served[]): ReadonlyMap<string, Served> {
  return new Map(
    all.map((served) => [`${served.resource.group}/${served.resource.version}/${served.resource.plural}`, served]),
  );
}

function establish(store: ApiStore, crd: Stored): void {
  const status = establishedStatus(crd, timestamp(store.clock.now()));
  store.update(CUSTOM_RESOURCE_DEFINITIONS, refOf(crd), (object) => ({ ...object, status }));
}
