import type { EndpointSlice, Service } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { scaleColdStart } from './scale-cold-start.ts';

const many = (count: number, ports = 1): readonly Service[] =>
  Array.from({ length: count }, (_, index) =>
    service(`s${index}`, { ports: Array.from({ length: ports }, (__, port) => ({ port: port + 1 })) }),
  );
/** Of Service s0: so many endpoints, of which the first `notReady` are not ready. */
const endpoints = (count: number, notReady = 0): readonly EndpointSlice[] => [
  {
    metadata: { name: 's0-x', namespace: 'default', labels: { 'kubernetes.io/service-name': 's0' } },
    endpoints: Array.from({ length: count }, (_, index) => ({ conditions: { ready: index >= notReady } })),
    ports: [{ port: 8080 }],
  },
];
const headless = Array.from({ length: 6000 }, (_, index) => service(`h${index}`, { clusterIP: 'None' }));

testRule(scaleColdStart, {
  'passes an ordinary cluster': { target: 'nftables', services: many(300), finds: 'nothing' },
  'does not count headless Services': { target: 'nftables', services: headless, finds: 'nothing' },
  'warns for nftables above 1,000 Services': {
    target: 'nftables',
    services: many(1001),
    finds: 'warn',
    says: ['1,001 Service ports', 'nodeTimeout: 30m'],
  },
  'counts ports': { target: 'nftables', services: many(600, 2), finds: 'warn', says: '1,200 Service ports' },
  'warns for nftables above 10,000 endpoints': {
    target: 'nftables',
    services: many(1),
    endpointSlices: endpoints(10_001),
    finds: 'warn',
    says: '10,001 endpoints',
  },
  'does not count endpoints that are not ready': {
    target: 'nftables',
    services: many(1),
    endpointSlices: endpoints(10_001, 1),
    finds: 'nothing',
  },
  'blocks nftables above 5,000 Services': {
    target: 'nftables',
    services: many(5001),
    finds: 'block',
    says: ['5,001 Service ports', 'scale-cold-start'],
  },
  'blocks nftables above 50,000 endpoints': {
    target: 'nftables',
    services: many(1),
    endpointSlices: endpoints(50_001),
    finds: 'block',
  },
  'blocks without seeing the endpoints': {
    target: 'nftables',
    services: many(5001),
    endpointSlices: unseen('listing endpointslices is forbidden'),
    finds: 'block',
  },
  'warns for iptables above 5,000 Services': { target: 'iptables', services: many(5001), finds: 'warn' },
  'passes iptables below': { target: 'iptables', services: many(4000), finds: 'nothing' },
  'informs for ipvs': { target: 'ipvs', services: many(1001), finds: 'info', says: 'ipvs is the fastest' },
  'does not know without the endpoints': {
    target: 'nftables',
    services: many(1),
    endpointSlices: unseen('listing endpointslices is forbidden'),
    finds: 'unknown',
  },
  'does not know without the Services': {
    target: 'ipvs',
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
});
