import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { etpLocalIpvsHostnetwork } from './etp-local-ipvs-hostnetwork.ts';

const services = [service('web', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }, ['203.0.113.8'])];

testRule(etpLocalIpvsHostnetwork, {
  'warns towards ipvs': { target: 'ipvs', services, finds: 'warn', says: 'default/web' },
  'tells those who leave ipvs that it ends': {
    target: 'nftables',
    config: { mode: 'ipvs' },
    services,
    finds: 'info',
    says: 'again',
  },
  'has nothing to say when iptables is left for nftables': { target: 'nftables', services, finds: 'nothing' },
  'passes a cluster without such Services': { target: 'ipvs', services: [service('web')], finds: 'nothing' },
  'does not know without the Services': {
    target: 'ipvs',
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
});
