import type { EndpointSlice } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ipvsIpCollision } from './ipvs-ip-collision.ts';

const kubernetes: EndpointSlice = {
  metadata: { name: 'kubernetes', namespace: 'default', labels: { 'kubernetes.io/service-name': 'kubernetes' } },
  endpoints: [{ addresses: ['10.0.0.5'] }],
};
const balanced = (ip: string, ipMode?: string): ReturnType<typeof service> => ({
  ...service('web', { type: 'LoadBalancer' }),
  status: { loadBalancer: { ingress: [{ ip, ...(ipMode === undefined ? {} : { ipMode }) }] } },
});

testRule(ipvsIpCollision, {
  'passes Services without outer addresses': { target: 'ipvs', services: [service('web')], finds: 'nothing' },
  'passes a load balancer of its own': { target: 'ipvs', services: [balanced('203.0.113.8')], finds: 'nothing' },
  'blocks an externalIP that is a node': {
    target: 'ipvs',
    services: [service('web', { externalIPs: ['10.0.0.11'] })],
    finds: 'block',
    says: ['default/web has 10.0.0.11, the address of node n1', 'kubectl get services'],
  },
  'blocks a load balancer with the ExternalIP of a node': {
    target: 'ipvs',
    services: [balanced('203.0.113.7')],
    nodes: [node({ externalIps: ['203.0.113.7'] })],
    finds: 'block',
  },
  'passes an address kube-proxy leaves to the load balancer': {
    target: 'ipvs',
    services: [balanced('10.0.0.11', 'Proxy')],
    finds: 'nothing',
  },
  'blocks an endpoint of the API server': {
    target: 'ipvs',
    services: [balanced('10.0.0.5')],
    endpointSlices: [kubernetes],
    finds: 'block',
    says: 'the address of the API server',
  },
  "blocks the server of kube-proxy's kubeconfig": {
    target: 'ipvs',
    services: [balanced('10.0.0.99')],
    proxy: { apiServer: 'https://10.0.0.99:6443' },
    finds: 'block',
  },
  "blocks the server of kubeadm's cluster-info": {
    target: 'ipvs',
    services: [balanced('fd00::99')],
    configMaps: {
      'kube-public/cluster-info': { kubeconfig: 'clusters:\n- cluster:\n    server: https://[fd00::99]:6443\n' },
    },
    finds: 'block',
  },
  'is not asked for other targets': {
    target: 'iptables',
    services: [service('web', { externalIPs: ['10.0.0.11'] })],
    finds: 'nothing',
  },
  'does not know without the nodes': {
    target: 'ipvs',
    nodes: unseen('listing nodes is forbidden'),
    services: [balanced('203.0.113.8')],
    finds: 'unknown',
  },
  'does not know without the Services': {
    target: 'ipvs',
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
});
