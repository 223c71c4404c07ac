// Services and EndpointSlices, cut down to what rules depend on. What is listed for one node is used for every other that needs it
// within seconds, and forgotten then: thousands of Services are in memory only while somebody works with them.
import type { Client, Clock, KubeObject, Resource } from 'kopf-ts';
import type { EndpointSliceObject, NodeObject, ServiceObject } from '../dataplane/demand/objects.ts';
import type { Objects } from '../dataplane/recording/read-recording.ts';

/** What was listed is kept for so long (ms). */
const FRESH = 10_000;
const PAGE = 500;

type Service = KubeObject & ServiceObject;
type EndpointSlice = KubeObject & EndpointSliceObject;
type Node = KubeObject & NodeObject;

const core = { group: '', version: 'v1' } as const;
const SERVICES: Resource<Service> = { ...core, plural: 'services', kind: 'Service', namespaced: true };
const NODES: Resource<Node> = { ...core, plural: 'nodes', kind: 'Node', namespaced: false };
const ENDPOINT_SLICES: Resource<EndpointSlice> = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
};

export type ServiceObjects = {
  /** Listed at `since` (ms since the epoch) or later; within the last ten seconds when left out. Throws ApiError. */
  readonly list: (since?: number) => Promise<Objects>;
  /** undefined: there is no such Node. Throws ApiError. */
  readonly node: (name: string) => Promise<NodeObject | undefined>;
};

export function createServiceObjects({
  client,
  clock,
}: {
  readonly client: Pick<Client, 'list'>;
  readonly clock: Clock;
}): ServiceObjects {
  let last: { readonly at: number; readonly objects: Promise<Objects> } | undefined;

  return {
    list(since = clock.now() - FRESH + 1) {
      if (last !== undefined && last.at >= since) return last.objects;
      const made = { at: clock.now(), objects: listObjects(client) };
      last = made;
      // What could not be listed is not kept; neither is what nobody will ask for any more.
      const forget = (): void => {
        if (last === made) last = undefined;
      };
      made.objects.then(() => clock.sleep(FRESH), forget).then(forget, forget);
      return made.objects;
    },
    async node(name) {
      const { items } = await client.list(NODES, { fieldSelector: `metadata.name=${name}` });
      return items.find(({ metadata }) => metadata.name === name);
    },
  };
}

async function listObjects(client: Pick<Client, 'list'>): Promise<Objects> {
  const [services, slices] = await Promise.all([
    client.list(SERVICES, { pageSize: PAGE, project: projectService }),
    client.list(ENDPOINT_SLICES, { pageSize: PAGE, project: projectSlice }),
  ]);
  return { services: services.items, slices: slices.items };
}

function projectService({ metadata, spec, status }: Service): Service {
  const { name, namespace, labels } = metadata;
  return {
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(labels === undefined ? {} : { labels }) },
    ...(spec === undefined ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
  };
}

function projectSlice({ metadata, addressType, ports, endpoints }: EndpointSlice): EndpointSlice {
  const { name, namespace, labels } = metadata;
  return {
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), ...(labels === undefined ? {} : { labels }) },
    ...(addressType === undefined ? {} : { addressType }),
    ...(ports === undefined ? {} : { ports }),
    endpoints: (endpoints ?? []).map(({ addresses, conditions, nodeName, hints }) => ({
      ...(addresses === undefined ? {} : { addresses }),
      ...(conditions === undefined ? {} : { conditions }),
      ...(nodeName === undefined ? {} : { nodeName }),
      ...(hints === undefined ? {} : { hints }),
    })),
  };
}
