// Services and EndpointSlices of the tests, with the bridge that is rendered from them.
import type { EndpointSliceObject, ServiceObject } from '../../src/dataplane/demand/objects.ts';
import type { BridgeNode } from '../../src/bridge/node-facts.ts';
import { renderBridge } from '../../src/bridge/render.ts';
import type { Family } from '../../src/dataplane/addresses.ts';
import { ADDRESSES, GATEWAYS, POD_PORT, type Name } from './world.ts';

export type Pod = Exclude<Name, 'node' | 'client'>;

/** A pod that is an endpoint, and its conditions. */
export type Member = {
  readonly pod: Pod;
  readonly ready?: boolean;
  readonly serving?: boolean;
  readonly terminating?: boolean;
};

export type Offer = {
  readonly spec: NonNullable<ServiceObject['spec']>;
  readonly pods: readonly (Pod | Member)[];
  readonly protocol?: 'TCP' | 'UDP' | 'SCTP';
  readonly status?: ServiceObject['status'];
  readonly name?: string;
};

export const node: BridgeNode = {
  name: 'node',
  zone: undefined,
  primary: { IPv4: GATEWAYS.IPv4.far, IPv6: GATEWAYS.IPv6.far },
  pods: { kind: 'ranges', ranges: ['10.244.0.0/16', 'fd00:244::/32'] },
  masqueradeAll: false,
  masqueradeMark: 0x4000,
  nodePortAddresses: ['all'],
};

export const CLUSTER_IPS: Readonly<Record<Family, string>> = { IPv4: '10.96.0.10', IPv6: 'fd00:96::10' };

/** Every Service has port 80, and a slice in each family for pods on port 8080. */
function objects(offers: readonly Offer[]): {
  readonly services: readonly ServiceObject[];
  readonly slices: readonly EndpointSliceObject[];
} {
  const named = offers.map((offer, index) => ({ ...offer, name: offer.name ?? `service-${index}` }));
  const services = named.map(({ name, spec, status = {}, protocol = 'TCP' }): ServiceObject => {
    const ports = spec.ports ?? [{ name: 'main', port: 80, protocol }];
    return {
      metadata: { namespace: 'shop', name },
      spec: { clusterIPs: Object.values(CLUSTER_IPS), ...spec, ports },
      status,
    };
  });
  const slices = named.flatMap(({ name, pods, protocol = 'TCP' }) =>
    (['IPv4', 'IPv6'] as const).map((family): EndpointSliceObject => {
      const labels = { 'kubernetes.io/service-name': name };
      const endpoints = pods.map((pod) => endpoint(typeof pod === 'string' ? { pod } : pod, family));
      const ports = [{ name: 'main', port: POD_PORT, protocol }];
      return {
        metadata: { namespace: 'shop', name: `${name}-${family}`, labels },
        addressType: family,
        ports,
        endpoints,
      };
    }),
  );
  return { services, slices };
}

function endpoint(
  { pod, ...conditions }: Member,
  family: Family,
): NonNullable<EndpointSliceObject['endpoints']>[number] {
  return { addresses: [ADDRESSES[family][pod]], conditions, nodeName: pod === 'far' ? 'other' : 'node' };
}

/** Long enough for any test. */
const LIFETIME = 600;

export function bridge(offers: readonly Offer[], facts: Partial<BridgeNode> = {}, seconds = LIFETIME): string[] {
  return renderBridge({ node: { ...node, ...facts }, ...objects(offers) }, seconds).map(({ text }) => text);
}
