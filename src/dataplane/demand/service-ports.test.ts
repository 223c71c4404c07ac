import { expect, test } from 'vitest';
import { indexEndpoints, sortEndpoints, type Endpoint } from './endpoints.ts';
import type { EndpointObject, EndpointSliceObject, ServiceObject } from './objects.ts';
import { servicePorts } from './service-ports.ts';

const PLACE = { node: 'here', zone: 'a' };

function slice(endpoints: readonly EndpointObject[], more: Partial<EndpointSliceObject> = {}): EndpointSliceObject {
  return {
    metadata: { namespace: 'shop', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints,
    ...more,
  };
}

function endpoint(address: string, more: Partial<EndpointObject> = {}): EndpointObject {
  return { addresses: [address], conditions: { ready: true }, nodeName: 'there', ...more };
}

function sorted(endpoints: readonly EndpointObject[]): { cluster: string[][]; local: string[]; any: boolean } {
  const all = indexEndpoints([slice(endpoints)], PLACE.node).get('shop/web IPv4 http tcp') ?? [];
  const { cluster, local, any } = sortEndpoints(all, PLACE);
  const at = (list: readonly Endpoint[]): string[] => list.map((one) => one.at);
  return { cluster: cluster.map(at), local: at(local), any };
}

const TERMINATING = { ready: false, serving: true, terminating: true };

test('an endpoint without conditions counts as ready', () => {
  expect(sorted([{ addresses: ['10.0.0.1'] }]).cluster).toEqual([['10.0.0.1:8080']]);
});

test('terminating endpoints that still serve are used only while none is ready', () => {
  const last = endpoint('10.0.0.2', { conditions: TERMINATING });
  expect(sorted([endpoint('10.0.0.1'), last]).cluster).toEqual([['10.0.0.1:8080']]);
  expect(sorted([last])).toEqual({ cluster: [['10.0.0.2:8080']], local: [], any: true });
});

test('local endpoints fall back to terminating ones of this node, and never to another node', () => {
  const last = endpoint('10.0.0.2', { conditions: TERMINATING, nodeName: 'here' });
  expect(sorted([endpoint('10.0.0.1'), last])).toEqual({
    cluster: [['10.0.0.1:8080']],
    local: ['10.0.0.2:8080'],
    any: true,
  });
});

test('hints count only when every ready endpoint has them, and one is for this zone or node', () => {
  const near = endpoint('10.0.0.1', { hints: { forZones: [{ name: 'a' }] } });
  const far = endpoint('10.0.0.2', { hints: { forZones: [{ name: 'b' }] } });
  expect(sorted([near, far]).cluster).toEqual([['10.0.0.1:8080', '10.0.0.2:8080'], ['10.0.0.1:8080']]);
  expect(sorted([near, far, endpoint('10.0.0.3')]).cluster).toHaveLength(1);
  expect(sorted([far]).cluster).toEqual([['10.0.0.2:8080']]);
  const own = endpoint('10.0.0.4', { hints: { forNodes: [{ name: 'here' }] } });
  expect(sorted([own]).cluster.at(-1)).toEqual(['10.0.0.4:8080']);
});

test('the same endpoint in two slices is one, and the better state counts', () => {
  const slices = [slice([endpoint('10.0.0.1', { conditions: { ready: false } })]), slice([endpoint('10.0.0.1')])];
  expect(indexEndpoints(slices, 'here').get('shop/web IPv4 http tcp')).toMatchObject([
    { at: '10.0.0.1:8080', ready: true },
  ]);
});

test('slices of headless Services and of names are not looked at', () => {
  const labels = { 'kubernetes.io/service-name': 'web', 'service.kubernetes.io/headless': '' };
  const headless = slice([endpoint('10.0.0.1')], { metadata: { namespace: 'shop', name: 'web-1', labels } });
  expect(indexEndpoints([headless, slice([endpoint('db.example')], { addressType: 'FQDN' })], 'here').size).toBe(0);
});

function service(spec: ServiceObject['spec'], more: Partial<ServiceObject> = {}): ServiceObject {
  return {
    metadata: { namespace: 'shop', name: 'web' },
    spec: { clusterIP: '10.96.0.9', ports: [{ name: 'http', port: 80, nodePort: 30080 }], ...spec },
    ...more,
  };
}

test('headless Services, names of others and Services of other proxies demand nothing', () => {
  const labels = { 'service.kubernetes.io/service-proxy-name': 'other' };
  const none = [
    service({ clusterIP: 'None', clusterIPs: ['None'] }),
    service({ type: 'ExternalName', clusterIP: '' }),
    service({}, { metadata: { namespace: 'shop', name: 'web', labels } }),
    service({ clusterIP: '' }),
  ];
  expect(none.flatMap((one) => servicePorts(one, new Map(), PLACE))).toEqual([]);
});

test('each family has its own addresses', () => {
  const ports = servicePorts(
    service(
      { clusterIPs: ['10.96.0.9', 'FD00:96:0::9'], externalIPs: ['198.51.100.7', '2001:db8::7'] },
      { status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { ip: '192.0.2.2', ipMode: 'Proxy' }] } } },
    ),
    new Map(),
    PLACE,
  );
  expect(
    ports.map(({ family, fronts }) => [
      family,
      fronts.map((front) => ('address' in front ? front.address : front.port)),
    ]),
  ).toEqual([
    ['IPv4', ['10.96.0.9', '198.51.100.7', '192.0.2.1', 30080]],
    ['IPv6', ['fd00:96::9', '2001:db8::7', 30080]],
  ]);
});

test('affinity lasts three hours unless the Service says otherwise', () => {
  const seconds = (spec: ServiceObject['spec']): unknown =>
    servicePorts(service(spec), new Map(), PLACE)[0]?.affinitySeconds;
  expect(seconds({})).toBeUndefined();
  expect(seconds({ sessionAffinity: 'ClientIP' })).toBe(10_800);
  expect(seconds({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } })).toBe(5);
});
