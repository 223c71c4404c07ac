import type { Service } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { serviceProxyName } from './service-proxy-name.ts';

const other: Service = {
  metadata: { name: 'edge', namespace: 'shop', labels: { 'service.kubernetes.io/service-proxy-name': 'cilium' } },
  spec: { clusterIP: '10.96.0.9', ports: [{ port: 80 }] },
};
const headless = service('db', { clusterIP: 'None' });

testRule(serviceProxyName, {
  'passes ordinary Services': { target: 'nftables', services: [service('web')], finds: 'nothing' },
  'names those of another proxy': {
    target: 'nftables',
    services: [service('web'), other],
    finds: 'info',
    says: '1 Service of another proxy (shop/edge)',
  },
  'names headless ones and ExternalNames': {
    target: 'iptables',
    services: [headless, service('out', { type: 'ExternalName', clusterIP: '' })],
    finds: 'info',
    says: ['1 headless Service (default/db)', '1 ExternalName Service (default/out)'],
  },
  'says it for ipvs, too': { target: 'ipvs', services: [headless], finds: 'info' },
  'does not know without the Services': {
    target: 'nftables',
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
});
