import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { affinityReset } from './affinity-reset.ts';

const services = [service('shop', { sessionAffinity: 'ClientIP' }), service('web', { sessionAffinity: 'None' })];

testRule(affinityReset, {
  'warns towards nftables': { target: 'nftables', services, finds: 'warn', says: '1 Service (default/shop)' },
  'warns towards ipvs': { target: 'ipvs', services, finds: 'warn' },
  'warns towards iptables': { target: 'iptables', config: { mode: 'ipvs' }, services, finds: 'warn' },
  'passes Services without it': { target: 'nftables', services: [service('web')], finds: 'nothing' },
  'passes the mode that runs already': { target: 'iptables', services, finds: 'nothing' },
  'does not know without the Services': {
    target: 'nftables',
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
});
