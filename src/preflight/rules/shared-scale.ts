// How much kube-proxy has to program on every node: a mode switch is a cold start of all of it.
import type { ClusterFacts } from '../facts/cluster.ts';
import type { EndpointSlice, Service } from '../facts/objects.ts';
import { derive } from '../known.ts';
import type { Known } from '../known.ts';
import { oncePer } from './shared-once.ts';
import { clusterIps, serviceName } from './shared-services.ts';

export type Size = {
  /** Ports of Services: each has a chain of its own, or a virtual server. */
  readonly services: number;
  /** Ready endpoints, each as often as its port is served. */
  readonly endpoints: number;
};

export const sizeOf: (cluster: ClusterFacts) => Known<Size> = oncePer(({ services, endpointSlices }: ClusterFacts) =>
  derive([services, endpointSlices], (all, slices) => {
    const handled = all.filter(isHandled);
    const names = new Set(handled.map(serviceName));
    return { services: portsOf(handled), endpoints: sum(slices.map((slice) => endpointsIn(slice, names))) };
  }),
);

/** Without the endpoints: what Services alone already say. */
export const servicePorts: (cluster: ClusterFacts) => Known<number> = oncePer(({ services }: ClusterFacts) =>
  derive([services], (all) => portsOf(all.filter(isHandled))),
);

function isHandled(service: Service): boolean {
  const other = service.metadata.labels?.['service.kubernetes.io/service-proxy-name'];
  return other === undefined && service.spec?.type !== 'ExternalName' && clusterIps(service).length > 0;
}

function portsOf(services: readonly Service[]): number {
  return sum(services.map(({ spec }) => spec?.ports?.length ?? 0));
}

/** kube-proxy takes unset `ready` for true, and one address of each endpoint (pkg/proxy/endpointslicecache.go). */
function endpointsIn({ metadata, endpoints, ports }: EndpointSlice, names: ReadonlySet<string>): number {
  const name = `${metadata.namespace ?? 'default'}/${metadata.labels?.['kubernetes.io/service-name'] ?? ''}`;
  if (!names.has(name)) return 0;
  return (endpoints ?? []).filter(({ conditions }) => conditions?.ready !== false).length * (ports?.length ?? 0);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

export type Limit = Size;

export function exceeds(size: Size, limit: Limit): boolean {
  return size.services > limit.services || size.endpoints > limit.endpoints;
}

/** 5,006 Service ports and 250,300 endpoints. */
export function showSize({ services, endpoints }: Size): string {
  const number = new Intl.NumberFormat('en');
  return `${number.format(services)} Service ports and ${number.format(endpoints)} endpoints`;
}
