import type { Service } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { scaleCpu } from './scale-cpu.ts';

const many = (count: number): readonly Service[] => Array.from({ length: count }, (_, index) => service(`s${index}`));
const small = [node({ cpus: '2' })];

testRule(scaleCpu, {
  'passes few CPUs for few Services': { target: 'nftables', services: many(900), nodes: small, finds: 'nothing' },
  'warns of few CPUs for many': {
    target: 'nftables',
    services: many(1001),
    nodes: small,
    finds: 'warn',
    says: ['2 CPUs for 1,001 Service ports', 'nodeTimeout: 30m'],
  },
  'warns for ipvs and 3920 thousandths': {
    target: 'ipvs',
    services: many(5001),
    nodes: [node({ cpus: '3920m' }), node({ name: 'n2', cpus: '16' })],
    finds: ['warn'],
    says: '3.92 CPUs',
  },
  'warns for iptables': { target: 'iptables', services: many(1001), nodes: small, finds: 'warn' },
  'passes four CPUs for 1,001 Services': { target: 'nftables', services: many(1001), finds: 'nothing' },
  'does not know a node that reports none': {
    target: 'nftables',
    services: many(1001),
    nodes: [node({ cpus: '?' })],
    finds: 'unknown',
  },
  'does not know without the endpoints': {
    target: 'nftables',
    nodes: small,
    endpointSlices: unseen('listing endpointslices is forbidden'),
    finds: 'unknown',
  },
});
