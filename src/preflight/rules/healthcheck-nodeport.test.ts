import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { healthcheckNodeport } from './healthcheck-nodeport.ts';

const services = [
  service('web', {
    type: 'LoadBalancer',
    externalTrafficPolicy: 'Local',
    healthCheckNodePort: 31999,
    ports: [{ port: 80, nodePort: 30080 }],
  }),
];

testRule(healthcheckNodeport, {
  'warns towards nftables': { target: 'nftables', services, finds: 'warn', says: ['default/web', 'maxUnavailable'] },
  'warns towards ipvs': { target: 'ipvs', services, finds: 'warn' },
  'warns towards iptables': { target: 'iptables', config: { mode: 'ipvs' }, services, finds: 'warn' },
  'passes Services without one': { target: 'nftables', services: [service('web')], finds: 'nothing' },
  'does not know without the Services': {
    target: 'nftables',
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
});
