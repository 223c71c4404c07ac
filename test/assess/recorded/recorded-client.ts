// A client of a recorded cluster that needs no server: lists, ConfigMaps, the version and port-forwards, and nothing else.
import { ApiError, type Client, type KubeObject, type Resource } from 'kopf-ts';
import type { Doors } from './doors.ts';
import { CONFIG_MAPS_PATH, listsOf } from './lists.ts';
import type { RecordedCluster } from './recorded-cluster.ts';

export function recordedClient(cluster: RecordedCluster, doors: Doors): Client {
  const lists = listsOf(cluster);
  const refuse = (verb: string, resource: string, status: number): ApiError =>
    new ApiError(`cannot ${verb} ${resource}`, { status, reason: String(status), verb, resource, outcome: 'refused' });
  const client: Pick<Client, 'list' | 'get' | 'version' | 'portForward'> = {
    async list<T extends KubeObject>(
      resource: Resource<T>,
      { project = (object) => object }: { readonly project?: (object: T) => T } = {},
    ) {
      const items = lists.get(pathOf(resource)) as readonly T[] | undefined;
      if (items === undefined) throw refuse('list', resource.plural, 404);
      return { items: items.map(project), resourceVersion: '1' };
    },
    async get<T extends KubeObject>(
      resource: Resource<T>,
      ref: { readonly name: string; readonly namespace?: string },
    ) {
      if (pathOf(resource) !== CONFIG_MAPS_PATH) throw refuse('get', resource.plural, 403);
      const all = lists.get(CONFIG_MAPS_PATH) as readonly T[];
      return all.find(({ metadata }) => metadata.name === ref.name && metadata.namespace === ref.namespace);
    },
    version: async () => cluster.serverVersion,
    portForward: async (pod, port) => doors.dial(pod, port),
  };
  // assess only reads: whatever else is asked for is a defect.
  return new Proxy(client, {
    get: (target, name) =>
      name in target
        ? target[name as keyof typeof target]
        : () => {
            throw new Error(`assess asked for ${String(name)}`);
          },
  }) as Client;
}

function pathOf({ group, version, plural }: Resource): string {
  return group === '' ? `/api/${version}/${plural}` : `/apis/${group}/${version}/${plural}`;
}
