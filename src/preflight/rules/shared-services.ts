// What several rules ask of Services.
import type { Family } from '../cidr.ts';
import type { Service } from '../facts/objects.ts';
import { oncePer } from './shared-once.ts';

export function serviceName({ metadata }: Service): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`;
}

export function namesOf(services: readonly Service[]): readonly string[] {
  return services.map(serviceName);
}

/** LB addresses kube-proxy handles: those with ipMode Proxy it leaves to the load balancer (KEP-1860). */
export function ingressIps({ status }: Service): readonly string[] {
  return (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) =>
    ip === undefined || ip === '' || ipMode === 'Proxy' ? [] : [ip],
  );
}

export function externalIps(service: Service): readonly string[] {
  return [...(service.spec?.externalIPs ?? []), ...ingressIps(service)];
}

/** 'None' and '' are no addresses. */
export function clusterIps({ spec }: Service): readonly string[] {
  const all = spec?.clusterIPs ?? (spec?.clusterIP === undefined ? [] : [spec.clusterIP]);
  return all.filter((ip) => ip !== '' && ip !== 'None');
}

function hasNodePorts({ spec }: Service): boolean {
  return spec?.ports?.some(({ nodePort }) => nodePort !== undefined && nodePort !== 0) === true;
}

/** Services with node ports, LoadBalancers with theirs among them. */
export const nodePortUsers: (services: readonly Service[]) => readonly Service[] = oncePer((services) =>
  services.filter(hasNodePorts),
);

/** Services whose health kube-proxy tells load balancers; they need not have node ports. */
export const healthChecked: (services: readonly Service[]) => readonly Service[] = oncePer((services) =>
  services.filter(({ spec }) => (spec?.healthCheckNodePort ?? 0) !== 0),
);

/** externalTrafficPolicy Local, with an address from outside that kube-proxy handles. */
export function isLocalWithExternalIp(service: Service): boolean {
  return service.spec?.externalTrafficPolicy === 'Local' && externalIps(service).length > 0;
}

/** Those of the Services; IPv4 where an API server before 1.20 tells none. */
export const familiesOf: (services: readonly Service[]) => ReadonlySet<Family> = oncePer((services) => {
  const named = new Set(services.flatMap(({ spec }) => spec?.ipFamilies ?? []));
  const families = (['IPv4', 'IPv6'] as const).filter((family) => named.has(family));
  return new Set(families.length === 0 ? (['IPv4'] as const) : families);
});

/** Every address kube-proxy itself would give a virtual server. */
export const serviceAddresses: (services: readonly Service[]) => ReadonlySet<string> = oncePer(
  (services) => new Set(services.flatMap((service) => [...clusterIps(service), ...externalIps(service)])),
);

/** As `TCP 30080`. */
export const nodePortsOf: (services: readonly Service[]) => ReadonlySet<string> = oncePer(
  (services) =>
    new Set(
      services.flatMap(({ spec }) =>
        (spec?.ports ?? []).flatMap(({ nodePort, protocol = 'TCP' }) =>
          nodePort === undefined || nodePort === 0 ? [] : [`${protocol} ${nodePort}`],
        ),
      ),
    ),
);
