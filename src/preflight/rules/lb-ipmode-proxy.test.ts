import type { Service } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { lbIpmodeProxy } from './lb-ipmode-proxy.ts';

const services = (ipMode: string): readonly Service[] => [
  { ...service('web'), status: { loadBalancer: { ingress: [{ ip: '203.0.113.8', ipMode }] } } },
];

testRule(lbIpmodeProxy, {
  'informs towards nftables': { target: 'nftables', services: services('Proxy'), finds: 'info', says: 'default/web' },
  'informs towards ipvs': { target: 'ipvs', services: services('Proxy'), finds: 'info' },
  'informs towards iptables': { target: 'iptables', services: services('Proxy'), finds: 'info' },
  'passes VIP': { target: 'nftables', services: services('VIP'), finds: 'nothing' },
  'does not know without the Services': {
    target: 'nftables',
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
});
