import { unseen } from '../known.ts';
import { kubeDns, nodeLocalDns } from '../testing/dns.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { nodelocaldnsBindsClusterip } from './nodelocaldns-binds-clusterip.ts';

const both = nodeLocalDns('169.254.20.10,10.96.0.10');
const services = [kubeDns];

testRule(nodelocaldnsBindsClusterip, {
  'has nothing to say without a cache': { target: 'ipvs', services, finds: 'nothing' },
  'blocks ipvs': {
    target: 'ipvs',
    services,
    daemonSets: [both],
    finds: 'block',
    says: [
      'takes 10.96.0.10 (kube-system/kube-dns) on every node',
      'DNS of the whole node dies',
      'clusterDNS: [169.254.20.10]',
      'kubectl -n kube-system edit daemonset node-local-dns   # -localip 169.254.20.10 alone',
    ],
  },
  'blocks ipvs by the Service range where Services cannot be listed': {
    target: 'ipvs',
    services: unseen('listing services is forbidden'),
    serviceCidrs: [{ metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/12'] } }],
    daemonSets: [both],
    finds: 'block',
    says: 'inside the Service range 10.96.0.0/12',
  },
  'recognises it by what it runs, and two dashes': {
    target: 'ipvs',
    services,
    daemonSets: [nodeLocalDns('', { image: 'example/own-cache:1', args: ['--localip=10.96.0.10'] })],
    finds: 'block',
    says: 'clusterDNS: [169.254.20.10]',
  },
  'knows RKE2’s own switch': {
    target: 'ipvs',
    services,
    daemonSets: [both],
    nodes: [node({ kubelet: 'v1.34.1+rke2r1' })],
    finds: 'block',
    says: 'nodelocal.ipvs: true',
  },
  'tells of iptables': { target: 'iptables', services, daemonSets: [both], finds: 'info', says: 'It stays as it is' },
  'tells of nftables': { target: 'nftables', services, daemonSets: [both], finds: 'info' },
  'passes the layout for ipvs': {
    target: 'ipvs',
    services,
    daemonSets: [nodeLocalDns('169.254.25.10', { namespace: 'kube-system' })],
    finds: 'nothing',
  },
  'passes a cache that takes no address of the node': {
    target: 'ipvs',
    services,
    daemonSets: [nodeLocalDns('', { args: ['-localip', '169.254.20.10,10.96.0.10', '-setupinterface=false'] })],
    finds: 'nothing',
  },
  'is left out on the way back': {
    target: 'iptables',
    config: { mode: 'ipvs' },
    services,
    daemonSets: [both],
    direction: 'rollback',
    finds: 'nothing',
  },
  'does not know an argument that was never filled in': {
    target: 'ipvs',
    services,
    daemonSets: [nodeLocalDns('__PILLAR__LOCAL__DNS__,__PILLAR__DNS__SERVER__')],
    finds: 'unknown',
    says: '__PILLAR__LOCAL__DNS__',
  },
  'does not know whose addresses they are without Services and ranges': {
    target: 'ipvs',
    services: unseen('listing services is forbidden'),
    daemonSets: [both],
    finds: 'unknown',
  },
});
