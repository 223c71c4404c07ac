// Services and EndpointSlices of the simulated cluster. Only how many there are matters for the time a sync takes; the
// first hundred exist as objects for whoever lists them.
import type { KubeObject, Resource } from 'kopf-ts';
import { SERVICES } from '../types.ts';

const ENDPOINT_SLICES: Resource = {
  group: 'discovery.k8s.io',
  version: 'v1',
  plural: 'endpointslices',
  kind: 'EndpointSlice',
  namespaced: true,
};

const MOST_OBJECTS = 100;

type Port = { readonly name: string; readonly port: number; readonly protocol: 'TCP' | 'UDP' };
type Plan = { readonly name: string; readonly namespace: string; readonly ip: string; readonly ports: readonly Port[] };

/** `count` Services, `kubernetes` and `kube-dns` among them. */
export function serviceObjects(count: number): readonly { readonly resource: Resource; readonly object: KubeObject }[] {
  return plans(Math.min(count, MOST_OBJECTS)).flatMap((plan, index) => [
    { resource: SERVICES, object: service(plan) },
    { resource: ENDPOINT_SLICES, object: endpointSlice(plan, index) },
  ]);
}

function plans(count: number): readonly Plan[] {
  const wellKnown: readonly Plan[] = [
    {
      name: 'kubernetes',
      namespace: 'default',
      ip: '10.96.0.1',
      ports: [{ name: 'https', port: 443, protocol: 'TCP' }],
    },
    {
      name: 'kube-dns',
      namespace: 'kube-system',
      ip: '10.96.0.10',
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
      ],
    },
  ];
  const others = Array.from({ length: Math.max(0, count - wellKnown.length) }, (_, index): Plan => {
    const ip = `10.96.${1 + Math.floor(index / 250)}.${1 + (index % 250)}`;
    return { name: `app-${index + 1}`, namespace: 'default', ip, ports: [{ name: 'http', port: 80, protocol: 'TCP' }] };
  });
  return [...wellKnown, ...others].slice(0, Math.max(0, count));
}

function service({ name, namespace, ip, ports }: Plan): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace },
    spec: {
      clusterIP: ip,
      clusterIPs: [ip],
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ports: ports.map((port) => ({ ...port, targetPort: port.port })),
      ...(name === 'kubernetes' ? {} : { selector: { app: name } }),
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
    status: { loadBalancer: {} },
  } as KubeObject;
}

function endpointSlice({ name, namespace, ports }: Plan, index: number): KubeObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: name === 'kubernetes' ? name : `${name}-slice`,
      namespace,
      labels: { 'kubernetes.io/service-name': name },
    },
    addressType: 'IPv4',
    endpoints: [1, 2].map((host) => ({
      addresses: [`10.244.${index % 250}.${host}`],
      conditions: { ready: true, serving: true, terminating: false },
    })),
    ports,
  } as KubeObject;
}
