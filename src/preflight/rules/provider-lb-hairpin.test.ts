import type { Service } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { providerLbHairpin } from './provider-lb-hairpin.ts';

const nodes = [node({ providerID: 'hcloud://4711' })];
const services = [service('web', { type: 'LoadBalancer' }, ['203.0.113.8'])];
const proxied: Service = {
  ...service('web'),
  status: { loadBalancer: { ingress: [{ ip: '203.0.113.8', ipMode: 'Proxy' }] } },
};

testRule(providerLbHairpin, {
  'blocks nftables on Hetzner': {
    target: 'nftables',
    nodes,
    services,
    finds: 'block',
    says: ['hcloud://4711', 'default/web', 'load-balancer.hetzner.cloud/hostname'],
  },
  'blocks ipvs on Hetzner': { target: 'ipvs', nodes, services, finds: 'block' },
  'informs towards iptables': { target: 'iptables', config: { mode: 'ipvs' }, nodes, services, finds: 'info' },
  'passes from ipvs to nftables': { target: 'nftables', config: { mode: 'ipvs' }, nodes, services, finds: 'nothing' },
  'passes addresses that are left to the load balancer': {
    target: 'nftables',
    nodes,
    services: [proxied],
    finds: 'nothing',
  },
  'passes Hetzner without load balancers': { target: 'nftables', nodes, services: [service('web')], finds: 'nothing' },
  'passes other providers': { target: 'nftables', services, finds: 'nothing' },
  'does not know without the nodes': {
    target: 'nftables',
    nodes: unseen('listing nodes is forbidden'),
    services,
    finds: 'unknown',
  },
  'does not know without the Services': {
    target: 'nftables',
    nodes,
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
});
