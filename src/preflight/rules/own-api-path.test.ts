import { unseen } from '../known.ts';
import { proxyPod, service } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ownApiPath } from './own-api-path.ts';

const services = [service('kubernetes', { clusterIP: '10.96.0.1', clusterIPs: ['10.96.0.1', 'fd00:96::1'] })];
const clientConnection = { kubeconfig: '/var/lib/kube-proxy/kubeconfig.conf' };
const at = (apiServer: string): object => ({ services, config: { clientConnection }, proxy: { apiServer } });

testRule(ownApiPath, {
  'passes the control-plane endpoint': { target: 'nftables', ...at('https://10.0.0.1:6443'), finds: 'nothing' },
  'blocks nftables at the ClusterIP': {
    target: 'nftables',
    ...at('https://10.96.0.1:443'),
    finds: 'block',
    says: ['https://10.96.0.1:443, which is the kubernetes Service', 'server: https://'],
  },
  'blocks nftables at the IPv6 ClusterIP': { target: 'nftables', ...at('https://[fd00:96::1]:443'), finds: 'block' },
  "blocks nftables at the Service's name": {
    target: 'nftables',
    ...at('https://kubernetes.default.svc.cluster.local'),
    finds: 'block',
  },
  'blocks nftables without any kubeconfig': {
    target: 'nftables',
    services,
    config: { clientConnection: { kubeconfig: '' } },
    finds: 'block',
    says: 'KUBERNETES_SERVICE_HOST=',
  },
  'passes that where the environment names another host': {
    target: 'nftables',
    services,
    config: { clientConnection: { kubeconfig: '' } },
    proxy: { container: { env: [{ name: 'KUBERNETES_SERVICE_HOST', value: 'api.example' }] } },
    finds: 'nothing',
  },
  'passes --master': {
    target: 'nftables',
    services,
    config: { clientConnection: { kubeconfig: '' } },
    proxy: { args: ['--master=https://10.0.0.1:6443'] },
    finds: 'nothing',
  },
  'warns for iptables': { target: 'iptables', ...at('https://10.96.0.1:443'), finds: 'warn' },
  'warns for ipvs': { target: 'ipvs', ...at('https://10.96.0.1:443'), finds: 'warn' },
  'blocks the way back to nftables': {
    target: 'iptables',
    services,
    config: { mode: 'nftables', clientConnection },
    proxy: { apiServer: 'https://10.96.0.1:443' },
    direction: 'rollback',
    finds: 'block',
  },
  'warns of a kubeconfig in a file of the node': {
    target: 'nftables',
    services,
    proxy: null,
    pods: [proxyPod('n1')],
    finds: 'warn',
    says: 'cannot be seen',
  },
  'has nothing to say of one for other modes': {
    target: 'ipvs',
    services,
    proxy: null,
    pods: [proxyPod('n1')],
    finds: 'nothing',
  },
  'does not know a ConfigMap it may not read': {
    target: 'nftables',
    services,
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
  },
  'takes the Service range where the Service cannot be seen': {
    target: 'nftables',
    config: { clientConnection },
    proxy: { apiServer: 'https://10.96.0.1:443' },
    serviceCidrs: [{ metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/16'] } }],
    services: unseen('listing services is forbidden'),
    finds: 'block',
  },
  'does not know without Services and ranges': {
    target: 'nftables',
    config: { clientConnection },
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
});
