// Each port of each Service in each family, with the addresses it is offered at: what a node's rules must serve.
// Which Services count: ShouldSkipService, pkg/proxy/util/utils.go; newBaseServiceInfo, pkg/proxy/serviceport.go.
import { canonical, familyOf, parsePrefix, type Family } from '../addresses.ts';
import { endpointKey, sortEndpoints, type Endpoint, type EndpointIndex, type Place } from './endpoints.ts';
import { portNameText, type PortName } from './names.ts';
import type { ServiceObject, ServicePortObject } from './objects.ts';

export type Front =
  | { readonly kind: 'clusterIP' | 'externalIP' | 'loadBalancerIP'; readonly address: string; readonly port: number }
  /** Offered at the node's own addresses. */
  | { readonly kind: 'nodePort'; readonly port: number };

export type TrafficPolicy = 'Cluster' | 'Local';

export type ServicePort = PortName & {
  /** `shop/web:http` */
  readonly text: string;
  readonly family: Family;
  readonly fronts: readonly Front[];
  readonly internalPolicy: TrafficPolicy;
  readonly externalPolicy: TrafficPolicy;
  readonly affinitySeconds: number | undefined;
  readonly sourceRanges: readonly string[];
  readonly healthCheckNodePort: number | undefined;
  /** Any of these sets is right. */
  readonly cluster: readonly (readonly Endpoint[])[];
  readonly local: readonly Endpoint[];
  readonly hasEndpoints: boolean;
};

const PROXY_NAME = 'service.kubernetes.io/service-proxy-name';
/** DefaultClientIPServiceAffinitySeconds. */
const AFFINITY_SECONDS = 10_800;

/** None for a headless one, an ExternalName, and one that another proxy serves. */
export function servicePorts(service: ServiceObject, endpoints: EndpointIndex, place: Place): ServicePort[] {
  const { spec } = service;
  const clusterIPs = (spec?.clusterIPs ?? [spec?.clusterIP ?? '']).filter((ip) => familyOf(ip) !== undefined);
  if (spec?.type === 'ExternalName' || PROXY_NAME in (service.metadata.labels ?? {})) return [];
  return clusterIPs.flatMap((clusterIP) =>
    (spec?.ports ?? []).map((port) =>
      servicePort(service, port, { clusterIP: canonical(clusterIP), endpoints, place }),
    ),
  );
}

type Around = { readonly clusterIP: string; readonly endpoints: EndpointIndex; readonly place: Place };

function servicePort(service: ServiceObject, port: ServicePortObject, around: Around): ServicePort {
  const { namespace = '', name = '' } = service.metadata;
  const family = familyOf(around.clusterIP) ?? 'IPv4';
  const own: PortName = {
    namespace,
    name,
    portName: port.name ?? '',
    protocol: (port.protocol ?? 'TCP').toLowerCase(),
  };
  const all = around.endpoints.get(endpointKey({ ...own, family })) ?? [];
  const { cluster, local, any } = sortEndpoints(all, around.place);
  const fronts = frontsOf(service, port, around.clusterIP, family);
  return {
    ...own,
    text: portNameText(own),
    family,
    fronts,
    ...policies(service),
    sourceRanges: (service.spec?.loadBalancerSourceRanges ?? []).filter(
      (range) => parsePrefix(range.trim())?.family === family,
    ),
    healthCheckNodePort: healthCheckPort(service),
    cluster,
    local,
    hasEndpoints: any,
  };
}

function frontsOf(
  service: ServiceObject,
  { port, nodePort }: ServicePortObject,
  clusterIP: string,
  family: Family,
): Front[] {
  const inFamily = (address: string): boolean => familyOf(address) === family;
  const external = (service.spec?.externalIPs ?? []).filter(inFamily);
  // ipMode Proxy: the load balancer's own address, which the node must not catch (KEP-1860).
  const ingress = (service.status?.loadBalancer?.ingress ?? []).filter(({ ipMode = 'VIP' }) => ipMode === 'VIP');
  const balancers = ingress.flatMap(({ ip }) => ip ?? []).filter(inFamily);
  return [
    { kind: 'clusterIP', address: clusterIP, port },
    ...external.map((address): Front => ({ kind: 'externalIP', address: canonical(address), port })),
    ...balancers.map((address): Front => ({ kind: 'loadBalancerIP', address: canonical(address), port })),
    ...(nodePort === undefined || nodePort === 0 ? [] : [{ kind: 'nodePort', port: nodePort } as const]),
  ];
}

function policies({ spec }: ServiceObject): Pick<ServicePort, 'internalPolicy' | 'externalPolicy' | 'affinitySeconds'> {
  const seconds = spec?.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS;
  return {
    internalPolicy: spec?.internalTrafficPolicy === 'Local' ? 'Local' : 'Cluster',
    externalPolicy: spec?.externalTrafficPolicy === 'Local' ? 'Local' : 'Cluster',
    affinitySeconds: spec?.sessionAffinity === 'ClientIP' ? seconds : undefined,
  };
}

/** Only a load balancer with the policy Local has one (HealthCheckNodePort, pkg/proxy/serviceport.go). */
function healthCheckPort({ spec }: ServiceObject): number | undefined {
  const port = spec?.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local' ? spec.healthCheckNodePort : 0;
  return port === undefined || port === 0 ? undefined : port;
}
