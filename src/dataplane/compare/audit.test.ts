import { expect, test } from 'vitest';
import type { EndpointSliceObject, ServiceObject } from '../demand/objects.ts';
import { recordedNode } from '../testing/node.ts';
import { auditPlanted, replace, SERVERS } from '../testing/plant.ts';
import { audit } from './audit.ts';

test.each(['iptables', 'ipvs', 'nftables'] as const)('a healthy node in mode %s has no finding', (mode) => {
  expect(audit(recordedNode(mode)).findings).toEqual([]);
});

test('iptables that was left under ipvs is found where it was left, and what packets still meet comes first', () => {
  const { findings } = audit(recordedNode('ipvs-with-iptables-leftovers'));
  expect(findings.map(({ id, severity, where }) => `${severity} ${id} ${where.split(' ')[0]}`)).toEqual([
    'error iptables-chains filter',
    'note iptables-chains mangle',
    'note iptables-chains nat',
    'note iptables-chains mangle',
    'note iptables-chains filter',
    'note iptables-chains nat',
  ]);
  expect(findings[0]?.where).toBe('filter KUBE-EXTERNAL-SERVICES, KUBE-NODEPORTS, KUBE-SERVICES');
});

test('a node that was switched to nftables on paper only has nothing there, and all of iptables left', () => {
  const { findings } = audit({ ...recordedNode('iptables'), mode: 'nftables' });
  expect(new Set(findings.map(({ id }) => id))).toEqual(new Set(['nothing-there', 'iptables-chains']));
});

/** The world has moved on since the rules were recorded. */
function changed(
  edit: (slice: EndpointSliceObject) => EndpointSliceObject,
  service: string,
): ReturnType<typeof recordedNode> {
  const node = recordedNode('iptables');
  const slices = node.slices.map((slice) =>
    slice.metadata.labels?.['kubernetes.io/service-name'] === service ? edit(slice) : slice,
  );
  return { ...node, slices };
}

const NOT_READY = { ready: false, serving: true, terminating: true };

test('while all endpoints are terminating, those that still serve are due', () => {
  const all = changed(
    (slice) => ({
      ...slice,
      endpoints: (slice.endpoints ?? []).map((endpoint) => ({ ...endpoint, conditions: NOT_READY })),
    }),
    'echo',
  );
  expect(audit(all).findings).toEqual([]);
});

test('while one endpoint is ready, one that is terminating is not due any more', () => {
  const one = changed(
    (slice) => ({
      ...slice,
      endpoints: (slice.endpoints ?? []).map((endpoint, at) =>
        at === 0 ? { ...endpoint, conditions: NOT_READY } : endpoint,
      ),
    }),
    'sticky',
  );
  expect(audit(one).findings.map(({ id, service }) => `${id} ${service}`)).toEqual(['endpoint-stale shop/sticky:http']);
});

test('with hints for zones both the zone and the whole are right', () => {
  const hints = { forZones: [{ name: 'zone-a' }] };
  const hinted = changed(
    (slice) => ({ ...slice, endpoints: (slice.endpoints ?? []).map((endpoint) => ({ ...endpoint, hints })) }),
    'kube-dns',
  );
  expect(audit(hinted).findings).toEqual([]);
});

test('a Service that another proxy serves must not be in the rules', () => {
  const node = recordedNode('iptables');
  const services = node.services.map((service): ServiceObject =>
    service.metadata.name === 'echo'
      ? {
          ...service,
          metadata: { ...service.metadata, labels: { 'service.kubernetes.io/service-proxy-name': 'other' } },
        }
      : service,
  );
  const { findings } = audit({ ...node, services });
  expect(findings.map(({ id }) => id)).toEqual(['entry-surplus']);
});

test('the same fault on many Services is one finding', () => {
  const node = recordedNode('nftables');
  const slices = node.slices.map((slice) => ({
    ...slice,
    endpoints: (slice.endpoints ?? []).map((endpoint) => ({ ...endpoint, addresses: ['10.244.1.77'] })),
  }));
  const { findings } = audit({ ...node, slices });
  const stale = findings.filter(({ id, family }) => id === 'endpoint-stale' && family === 'IPv4');
  expect(stale).toHaveLength(1);
  expect(stale[0]?.what).toContain('Service ports (');
});

test.each([100, 250, 300, 1000])('affinity is read right from a kernel of %i ticks a second', (rate) => {
  const edit = replace(SERVERS, 'persistent 150000', `persistent ${600 * rate}`);
  const same = rate === 250 ? (): void => {} : edit;
  expect(auditPlanted('ipvs', same)).toEqual([]);
});

test('a family whose rules were not recorded is said not to be judged, and the other one is judged', () => {
  const node = recordedNode('iptables');
  const rules = { ...node.rules, iptables: node.rules.iptables.filter(({ family }) => family === 'IPv4') };
  const { findings } = audit({ ...node, rules });
  expect(findings.map(({ id, family }) => `${id} ${family}`)).toEqual(['not-recorded IPv6']);
});
