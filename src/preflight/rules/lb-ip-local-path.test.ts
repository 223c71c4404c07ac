import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { lbIpLocalPath } from './lb-ip-local-path.ts';

const services = [service('web', { type: 'LoadBalancer', ports: [{ port: 443 }] }, ['203.0.113.8'])];
const config = { mode: 'ipvs' };

testRule(lbIpLocalPath, {
  'warns when ipvs is left for nftables': {
    target: 'nftables',
    config,
    services,
    finds: 'warn',
    says: ['default/web', 'nc -vz -w 3 203.0.113.8 443'],
  },
  'warns when ipvs is left for iptables': { target: 'iptables', config, services, finds: 'warn' },
  'passes a cluster without load balancers': {
    target: 'nftables',
    config,
    services: [service('web')],
    finds: 'nothing',
  },
  'has nothing to say when iptables is left': { target: 'nftables', services, finds: 'nothing' },
  'is not asked for ipvs': { target: 'ipvs', services, finds: 'nothing' },
  'does not know without the Services': {
    target: 'nftables',
    config,
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
  'does not know without the mode': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    services,
    finds: 'unknown',
  },
});
