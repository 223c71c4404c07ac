import type { EndpointSlice, ServiceCidr } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { serviceCidrOverlap } from './service-cidr-overlap.ts';

const serviceCidrs: readonly ServiceCidr[] = [
  { metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/16', 'fd00:96::/112'] } },
];
const slice = (...addresses: readonly string[]): EndpointSlice => ({
  metadata: { name: 'db-x', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'db' } },
  endpoints: [{ addresses }],
});

testRule(serviceCidrOverlap, {
  'passes addresses outside': {
    target: 'nftables',
    serviceCidrs,
    endpointSlices: [slice('10.244.1.7')],
    finds: 'nothing',
  },
  'blocks an endpoint inside': {
    target: 'nftables',
    serviceCidrs,
    endpointSlices: [slice('10.244.1.7', '10.96.40.3')],
    finds: 'block',
    says: ['endpoint 10.96.40.3 of Service shop/db', '10.96.0.0/16'],
  },
  'blocks an IPv6 endpoint inside': {
    target: 'nftables',
    serviceCidrs,
    endpointSlices: [slice('fd00:96::7')],
    finds: 'block',
  },
  'blocks a node inside': {
    target: 'nftables',
    serviceCidrs,
    nodes: [node({ ips: ['10.96.3.4'] })],
    finds: 'block',
    says: '10.96.3.4 of node n1',
  },
  'blocks a pod range around the Service range': {
    target: 'nftables',
    serviceCidrs,
    nodes: [node({ podCidrs: ['10.64.0.0/10'] })],
    finds: 'block',
    says: 'pod range 10.64.0.0/10',
  },
  "takes the range from kubeadm's configuration": {
    target: 'nftables',
    configMaps: {
      'kube-system/kubeadm-config': { ClusterConfiguration: 'networking:\n  serviceSubnet: 10.244.0.0/16\n' },
    },
    finds: 'block',
    says: 'pod range 10.244.1.0/24 of node n1',
  },
  'is not asked for other targets': {
    target: 'iptables',
    serviceCidrs,
    endpointSlices: [slice('10.96.40.3')],
    finds: 'nothing',
  },
  'passes where there are no ServiceCIDRs, by which kube-proxy knows what to drop': {
    target: 'nftables',
    endpointSlices: [slice('10.96.40.3')],
    finds: 'nothing',
  },
  'does not know without the ServiceCIDRs and any other range': {
    target: 'nftables',
    serviceCidrs: unseen('listing servicecidrs is forbidden'),
    finds: 'unknown',
    says: 'listing servicecidrs is forbidden',
  },
  'does not know without the nodes': {
    target: 'nftables',
    serviceCidrs,
    nodes: unseen('listing nodes is forbidden'),
    finds: 'unknown',
  },
  'does not know without the endpoints': {
    target: 'nftables',
    serviceCidrs,
    endpointSlices: unseen('listing endpointslices is forbidden'),
    finds: 'unknown',
  },
});
