// Which endpoints a Service port has on this node, as kube-proxy sorts them (CategorizeEndpoints, pkg/proxy/topology.go).
import { canonical, familyOf, hostPort, type Family } from '../addresses.ts';
import type { EndpointObject, EndpointSliceObject } from './objects.ts';

export type Endpoint = {
  /** `10.0.0.1:80`, `[fd00::1]:80`. */
  readonly at: string;
  readonly address: string;
  readonly ready: boolean;
  /** Terminating, and still answers: used while there is no ready one. */
  readonly lastResort: boolean;
  readonly local: boolean;
  readonly zones: readonly string[];
  readonly nodes: readonly string[];
};

/** Endpoints by Service, family, port name and protocol. */
export type EndpointIndex = ReadonlyMap<string, readonly Endpoint[]>;

type Key = {
  readonly namespace: string;
  readonly name: string;
  readonly family: Family;
  readonly portName: string;
  readonly protocol: string;
};

export function endpointKey({ namespace, name, family, portName, protocol }: Key): string {
  return `${namespace}/${name} ${family} ${portName} ${protocol}`;
}

const SERVICE_NAME = 'kubernetes.io/service-name';
/** EndpointSlices of headless Services are not even watched (NewFilteredInformer, cmd/kube-proxy/app/server.go). */
const HEADLESS = 'service.kubernetes.io/headless';

export function indexEndpoints(slices: readonly EndpointSliceObject[], node: string): EndpointIndex {
  const index = new Map<string, Map<string, Endpoint>>();
  for (const slice of slices) addSlice(slice, node, index);
  return new Map([...index].map(([key, endpoints]) => [key, [...endpoints.values()]]));
}

function addSlice(slice: EndpointSliceObject, node: string, index: Map<string, Map<string, Endpoint>>): void {
  const service = serviceOf(slice);
  if (service === undefined) return;
  for (const { name: portName = '', port, protocol = 'TCP' } of slice.ports ?? []) {
    if (port === undefined) continue;
    const key = endpointKey({ ...service, portName, protocol: protocol.toLowerCase() });
    const known = index.get(key) ?? new Map<string, Endpoint>();
    index.set(key, known);
    for (const endpoint of slice.endpoints ?? []) merge(known, endpointOf(endpoint, port, node));
  }
}

/** undefined for a slice kube-proxy does not look at. */
function serviceOf({
  metadata,
  addressType,
}: EndpointSliceObject): Pick<Key, 'namespace' | 'name' | 'family'> | undefined {
  const { namespace = '', labels = {} } = metadata;
  const name = labels[SERVICE_NAME];
  if (name === undefined || HEADLESS in labels) return undefined;
  return addressType === 'IPv4' || addressType === 'IPv6' ? { namespace, name, family: addressType } : undefined;
}

/** Of two slices that name the same endpoint the better state counts (addEndpoints, pkg/proxy/endpointslicecache.go). */
function merge(known: Map<string, Endpoint>, endpoint: Endpoint | undefined): void {
  if (endpoint === undefined) return;
  const other = known.get(endpoint.at);
  if (other === undefined || (!other.ready && endpoint.ready)) known.set(endpoint.at, endpoint);
}

function endpointOf(written: EndpointObject, port: number, node: string): Endpoint | undefined {
  const [first] = written.addresses ?? [];
  if (first === undefined || familyOf(first) === undefined) return undefined;
  const address = canonical(first);
  return {
    at: hostPort(address, port),
    address,
    ...stateOf(written),
    local: written.nodeName === node,
    zones: (written.hints?.forZones ?? []).map(({ name }) => name),
    nodes: (written.hints?.forNodes ?? []).map(({ name }) => name),
  };
}

/** nil means ready, and serving follows ready. */
function stateOf({ conditions }: EndpointObject): Pick<Endpoint, 'ready' | 'lastResort'> {
  const ready = conditions?.ready ?? true;
  return { ready, lastResort: (conditions?.serving ?? ready) && (conditions?.terminating ?? false) };
}

export type Place = { readonly node: string; readonly zone: string | undefined };

export type Sorted = {
  /** More than one where hints may narrow the endpoints: which are used depends on version and gates. Never empty. */
  readonly cluster: readonly (readonly Endpoint[])[];
  readonly local: readonly Endpoint[];
  /** Anywhere in the cluster. */
  readonly any: boolean;
};

export function sortEndpoints(all: readonly Endpoint[], place: Place): Sorted {
  const ready = all.filter((endpoint) => endpoint.ready);
  const lastResort = all.filter((endpoint) => !endpoint.ready && endpoint.lastResort);
  const localReady = ready.filter((endpoint) => endpoint.local);
  return {
    cluster: ready.length === 0 ? [lastResort] : [ready, ...hinted(ready, place)],
    local: localReady.length > 0 ? localReady : lastResort.filter((endpoint) => endpoint.local),
    any: ready.length + lastResort.length > 0,
  };
}

/** Hints count only where every ready endpoint has them, and one is for us (topologyModeFromHints). */
function hinted(ready: readonly Endpoint[], { node, zone }: Place): Endpoint[][] {
  const narrowed: Endpoint[][] = [];
  if (ready.every(({ nodes }) => nodes.length > 0)) narrowed.push(ready.filter(({ nodes }) => nodes.includes(node)));
  if (zone !== undefined && ready.every(({ zones }) => zones.length > 0))
    narrowed.push(ready.filter(({ zones }) => zones.includes(zone)));
  return narrowed.filter((endpoints) => endpoints.length > 0);
}
