import { unseen } from '../known.ts';
import { kubeDns, nodeLocalDns } from '../testing/dns.ts';
import { testRule } from '../testing/rule-tests.ts';
import { nodelocaldnsLeaveIpvs } from './nodelocaldns-leave-ipvs.ts';

const services = [kubeDns];
const local = [nodeLocalDns('169.254.20.10')];
const ipvs = { config: { mode: 'ipvs' } };

testRule(nodelocaldnsLeaveIpvs, {
  'has nothing to say without a cache': { target: 'nftables', ...ipvs, services, finds: 'nothing' },
  'tells of nftables': {
    target: 'nftables',
    ...ipvs,
    services,
    daemonSets: local,
    finds: 'info',
    says: ['takes 169.254.20.10 alone', 'keep the DaemonSet'],
  },
  'tells of iptables': { target: 'iptables', ...ipvs, services, daemonSets: local, finds: 'info' },
  'is silent where nothing is left': { target: 'nftables', services, daemonSets: local, finds: 'nothing' },
  'is silent with the other layout': {
    target: 'nftables',
    ...ipvs,
    services,
    daemonSets: [nodeLocalDns('169.254.20.10,10.96.0.10')],
    finds: 'nothing',
  },
  'is not asked for ipvs': { target: 'ipvs', ...ipvs, services, daemonSets: local, finds: 'nothing' },
  'does not know what it cannot list': {
    target: 'nftables',
    ...ipvs,
    services: unseen('listing services is forbidden'),
    daemonSets: local,
    finds: 'unknown',
  },
});
