import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { etpLocalBlackhole } from './etp-local-blackhole.ts';

const services = [service('web', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }, ['203.0.113.8'])];

testRule(etpLocalBlackhole, {
  'blocks a kube-proxy without the fix': {
    target: 'nftables',
    version: 'v1.33.5',
    services,
    finds: 'block',
    says: ['default/web', 'v1.33.5', '1.33.6'],
  },
  'passes 1.33.6': { target: 'nftables', version: 'v1.33.6', services, finds: 'nothing' },
  'passes 1.34.0': { target: 'nftables', version: 'v1.34.0', services, finds: 'nothing' },
  'blocks 1.32 with externalIPs': {
    target: 'nftables',
    version: 'v1.32.9',
    services: [service('web', { externalTrafficPolicy: 'Local', externalIPs: ['203.0.113.9'] })],
    finds: 'block',
  },
  'warns towards ipvs, whatever the version': { target: 'ipvs', services, finds: 'warn', says: 'ClusterIP' },
  'passes when ipvs is left': {
    target: 'nftables',
    version: 'v1.33.5',
    config: { mode: 'ipvs' },
    services,
    finds: 'nothing',
  },
  'passes Services without an address from outside': {
    target: 'nftables',
    version: 'v1.33.5',
    services: [service('web', { type: 'NodePort', externalTrafficPolicy: 'Local' })],
    finds: 'nothing',
  },
  'does not know a version it cannot read': { target: 'nftables', version: 'latest', services, finds: 'unknown' },
  'does not know without the Services': {
    target: 'nftables',
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
});
