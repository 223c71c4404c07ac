// A recorded cluster behind a real API server on loopback, for the command as people run it. Kinds the simulated API server does
// not have by itself get a permissive definition; it does not care to which group they belong.
import { systemClock, type KubeObject, type Resource } from 'kopf-ts';
import { startApiServer, type ApiServer } from '../../../src/simulator/apiserver/api-server.ts';
import { BUILTINS, CUSTOM_RESOURCE_DEFINITIONS } from '../../../src/simulator/apiserver/builtins.ts';
import { createStore, type ApiStore } from '../../../src/simulator/apiserver/store.ts';
import type { NodeBackend } from '../../../src/simulator/types.ts';
import { openDoors } from './doors.ts';
import { listsOf, PODS_PATH } from './lists.ts';
import { recordedCluster } from './recorded-cluster.ts';

export type Served = { readonly api: ApiServer; close(): Promise<void> };

export async function serveRecorded(name: string): Promise<Served> {
  const cluster = recordedCluster(name);
  const store = createStore({ clock: systemClock });
  const uids = new Map<string, string>();
  // Owners before what they own, which the garbage collector would take for orphans.
  const lists = [...listsOf(cluster)].toSorted(([a], [b]) => Number(a === PODS_PATH) - Number(b === PODS_PATH));
  for (const [path, objects] of lists) {
    const resource = resourceAt(path, objects);
    if (!isBuiltin(resource)) store.create(CUSTOM_RESOURCE_DEFINITIONS, definition(resource));
    for (const object of objects) {
      const { metadata } = put(store, resource, owned(object, uids));
      uids.set(`${resource.kind}/${metadata.name}`, metadata.uid ?? '');
    }
  }
  const doors = openDoors(cluster);
  const backend: NodeBackend = {
    log: () => '',
    dial: async (pod, port) => doors.dial(pod, port),
    exec: () => Promise.reject(new Error('nothing runs in a recorded cluster')),
  };
  const api = await startApiServer({ store, backend, version: cluster.serverVersion });
  return {
    api,
    close: async () => {
      await api.close();
      doors.close();
    },
  };
}

/** References to owners of which there is no object here are left out. */
function owned(object: KubeObject, uids: ReadonlyMap<string, string>): KubeObject {
  const { ownerReferences, ...metadata } = object.metadata;
  if (ownerReferences === undefined) return object;
  const known = ownerReferences.flatMap((owner) => {
    const uid = uids.get(`${owner.kind}/${owner.name}`);
    return uid === undefined ? [] : [{ ...owner, uid }];
  });
  return { ...object, metadata: { ...metadata, ownerReferences: known } };
}

/** A pod that is created is Pending; what the kubelet said later is written after that. */
function put(store: ApiStore, resource: Resource, object: KubeObject): KubeObject {
  const created = store.create(resource, object);
  if ('status' in object) store.update(resource, created.metadata, (stored) => ({ ...stored, status: object.status }));
  return created;
}

function resourceAt(path: string, objects: readonly KubeObject[]): Resource {
  const [root, ...rest] = path.split('/').slice(1);
  const [group = '', version = '', plural = ''] = root === 'api' ? ['', ...rest] : rest;
  const builtin = BUILTINS.find(({ resource }) => resource.group === group && resource.plural === plural);
  const namespaced = objects.some(({ metadata }) => metadata.namespace !== undefined);
  return builtin?.resource ?? { group, version, plural, kind: plural, namespaced };
}

function isBuiltin({ group, plural }: Resource): boolean {
  return BUILTINS.some(({ resource }) => resource.group === group && resource.plural === plural);
}

function definition({ group, version, plural, kind, namespaced }: Resource): KubeObject {
  const openAPIV3Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const spec = {
    group,
    scope: namespaced ? 'Namespaced' : 'Cluster',
    names: { plural, kind, singular: kind },
    versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
  };
  return { metadata: { name: `${plural}.${group}` }, spec } as KubeObject;
}
