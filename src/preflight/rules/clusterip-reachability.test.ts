import { unseen } from '../known.ts';
import { testRule } from '../testing/rule-tests.ts';
import { clusteripReachability } from './clusterip-reachability.ts';

testRule(clusteripReachability, {
  'informs towards nftables': { target: 'nftables', finds: 'info', says: 'rejected at once' },
  'informs towards ipvs': { target: 'ipvs', finds: 'info', says: 'kube-ipvs0' },
  'informs towards iptables': { target: 'iptables', config: { mode: 'ipvs' }, finds: 'info', says: 'no device' },
  'passes the mode that runs already': { target: 'iptables', finds: 'nothing' },
  'does not know without the mode': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
  },
});
