// A made-up cluster of many Services, of the kinds the recorded one has: most with three endpoints, some with a node port, a load
// balancer, affinity, or no endpoint at all.
import type { EndpointSliceObject, NodeObject, ServiceObject } from '../../../src/dataplane/demand/objects.ts';

export type Made = {
  readonly at: number;
  readonly name: string;
  readonly clusterIP: string;
  readonly nodePort: number | undefined;
  readonly balancer: string | undefined;
  readonly affinity: boolean;
  /** `10.244.1.7`; all on port 8080. */
  readonly endpoints: readonly { readonly address: string; readonly local: boolean }[];
};

const NODE = 'node-vm';
export const NODE_IP = '10.0.2.15';
const ENDPOINTS = 3;

export function makeServices(count: number): Made[] {
  return Array.from({ length: count }, (_, at): Made => {
    const bytes = `${Math.floor(at / 200)}.${(at % 200) + 1}`;
    return {
      at,
      name: `svc-${at}`,
      clusterIP: `10.96.${bytes}`,
      // 2,767 ports are all there are.
      nodePort: at % 10 === 0 && at < 27_000 ? 30_000 + at / 10 : undefined,
      balancer: at % 100 === 0 ? `172.20.${bytes}` : undefined,
      affinity: at % 50 === 1,
      endpoints: at % 20 === 7 ? [] : Array.from({ length: ENDPOINTS }, (__, which) => endpoint(at, which)),
    };
  });
}

/** One of the three on this node. */
function endpoint(at: number, which: number): { readonly address: string; readonly local: boolean } {
  const number = at * ENDPOINTS + which;
  return { address: `10.244.${Math.floor(number / 240) % 256}.${(number % 240) + 2}`, local: which === 0 };
}

export function serviceObjects(services: readonly Made[]): ServiceObject[] {
  return services.map(({ name, clusterIP, nodePort, balancer, affinity }) => ({
    metadata: { namespace: 'shop', name, labels: { app: name, 'app.kubernetes.io/part-of': 'shop' } },
    spec: {
      type: balancer !== undefined ? 'LoadBalancer' : nodePort === undefined ? 'ClusterIP' : 'NodePort',
      clusterIP,
      clusterIPs: [clusterIP],
      ports: [{ name: 'http', port: 80, protocol: 'TCP', ...(nodePort === undefined ? {} : { nodePort }) }],
      internalTrafficPolicy: 'Cluster',
      externalTrafficPolicy: 'Cluster',
      sessionAffinity: affinity ? 'ClientIP' : 'None',
    },
    status: { loadBalancer: balancer === undefined ? {} : { ingress: [{ ip: balancer, ipMode: 'VIP' }] } },
  }));
}

export function sliceObjects(services: readonly Made[]): EndpointSliceObject[] {
  return services.map(({ name, endpoints }) => ({
    metadata: { namespace: 'shop', name: `${name}-a1b2c`, labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: endpoints.map(({ address, local }) => ({
      addresses: [address],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: local ? NODE : 'node-b',
    })),
  }));
}

export function nodeObjects(): NodeObject[] {
  return [
    {
      metadata: { name: NODE },
      spec: { podCIDR: '10.244.255.0/24', podCIDRs: ['10.244.255.0/24'] },
      status: { addresses: [{ type: 'InternalIP', address: NODE_IP }] },
    },
  ];
}
