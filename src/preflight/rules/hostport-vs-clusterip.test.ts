import type { Pod } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { hostportVsClusterip } from './hostport-vs-clusterip.ts';

const ingress = (hostPort: number, hostNetwork = false): Pod => ({
  metadata: { name: 'ingress-x', namespace: 'ingress-nginx' },
  spec: { hostNetwork, containers: [{ name: 'controller', ports: [{ containerPort: 443, hostPort }] }] },
});
const services = [service('kubernetes', { clusterIP: '10.96.0.1', ports: [{ port: 443 }] })];

testRule(hostportVsClusterip, {
  'warns of 443': {
    target: 'ipvs',
    services,
    pods: [ingress(443)],
    finds: 'warn',
    says: 'TCP 443 of pod ingress-nginx/ingress-x and Service default/kubernetes',
  },
  'warns of an ingress on the host network': { target: 'ipvs', services, pods: [ingress(443, true)], finds: 'warn' },
  'passes other ports': { target: 'ipvs', services, pods: [ingress(8443)], finds: 'nothing' },
  'passes headless Services': {
    target: 'ipvs',
    services: [service('node-exporter', { clusterIP: 'None', ports: [{ port: 443 }] })],
    pods: [ingress(443)],
    finds: 'nothing',
  },
  'is not asked for other targets': { target: 'nftables', services, pods: [ingress(443)], finds: 'nothing' },
  'does not know without the pods': {
    target: 'ipvs',
    services,
    pods: unseen('listing pods is forbidden'),
    finds: 'unknown',
  },
});
