import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { dualStackBothFamilies } from './dual-stack-both-families.ts';

const ipFamilies = ['IPv4', 'IPv6'];
const services = [service('web', { ipFamilies }), service('api', { ipFamilies: ['IPv4'] })];

testRule(dualStackBothFamilies, {
  'passes single-stack': { target: 'nftables', services: [service('web', { ipFamilies: ['IPv6'] })], finds: 'nothing' },
  'passes headless Services': {
    target: 'nftables',
    services: [service('db', { ipFamilies, clusterIP: 'None' })],
    finds: 'nothing',
  },
  'informs for nftables': {
    target: 'nftables',
    services,
    finds: 'info',
    says: ['1 dual-stack Service (default/web)', 'nft list table ip6 kube-proxy'],
  },
  'informs for ipvs': { target: 'ipvs', services, finds: 'info', says: 'KUBE-6-*' },
  'informs for iptables': { target: 'iptables', services, finds: 'info', says: 'ip6tables-save' },
  'does not know without the Services': {
    target: 'nftables',
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
});
