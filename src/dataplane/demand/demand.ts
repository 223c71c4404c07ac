// Everything that Services and EndpointSlices demand of one node in one mode.
import type { ProxyMode } from '../../api/fields.ts';
import type { Family } from '../addresses.ts';
import type { NodeAddress } from '../rules/node-addresses.ts';
import { indexEndpoints } from './endpoints.ts';
import { viewNode, type NodeView } from './node.ts';
import type { EndpointSliceObject, NodeObject, ServiceObject } from './objects.ts';
import type { ProxySettings } from './proxy-settings.ts';
import { servicePorts, type Front, type ServicePort } from './service-ports.ts';

export type DemandInput = {
  readonly mode: ProxyMode;
  readonly settings: ProxySettings;
  readonly node: NodeObject;
  readonly addresses: readonly NodeAddress[] | undefined;
  readonly services: readonly ServiceObject[];
  readonly slices: readonly EndpointSliceObject[];
};

export type Offer = { readonly port: ServicePort; readonly front: Front };

export type Demand = {
  readonly mode: ProxyMode;
  readonly settings: ProxySettings;
  readonly view: NodeView;
  readonly ports: readonly ServicePort[];
  /** Who is offered at `addressKey`; node ports are in `byNodePort`. */
  readonly byAddress: ReadonlyMap<string, Offer>;
  readonly byNodePort: ReadonlyMap<string, Offer>;
  /** Service IPs of all kinds. */
  readonly serviceIPs: ReadonlySet<string>;
  /** Of all Services together; above 1,000 kube-proxy in mode iptables leaves chains behind for a while. */
  readonly endpointCount: number;
};

export function addressKey(address: string, protocol: string, port: number): string {
  return `${address} ${protocol} ${port}`;
}

export function nodePortKey(family: Family, protocol: string, port: number): string {
  return `${family} ${protocol} ${port}`;
}

export function demandOf(input: DemandInput): Demand {
  const view = viewNode(input);
  const index = indexEndpoints(input.slices, view.name);
  const ports = input.services.flatMap((service) => servicePorts(service, index, { node: view.name, zone: view.zone }));
  const byAddress = new Map<string, Offer>();
  const byNodePort = new Map<string, Offer>();
  for (const port of ports)
    for (const front of port.fronts)
      if (front.kind === 'nodePort')
        byNodePort.set(nodePortKey(port.family, port.protocol, front.port), { port, front });
      else byAddress.set(addressKey(front.address, port.protocol, front.port), { port, front });
  const fronts = [...byAddress.values()].map(({ front }) => front);
  return {
    mode: input.mode,
    settings: input.settings,
    view,
    ports,
    byAddress,
    byNodePort,
    serviceIPs: new Set(fronts.flatMap((front) => (front.kind === 'nodePort' ? [] : [front.address]))),
    endpointCount: [...index.values()].reduce((sum, endpoints) => sum + endpoints.length, 0),
  };
}

/** Whether traffic to this front is refused: there is no endpoint, or none it may go to. */
export function isRefused(port: ServicePort, front: Front): boolean {
  const policy = front.kind === 'clusterIP' ? port.internalPolicy : port.externalPolicy;
  return !port.hasEndpoints || (policy === 'Local' && port.local.length === 0);
}

/** A load balancer's address that only some may use. */
export function isGuarded(port: ServicePort, front: Front): boolean {
  return front.kind === 'loadBalancerIP' && port.sourceRanges.length > 0;
}
