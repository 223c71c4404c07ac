import type { Pod } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { custom, daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { strictarpRequired } from './strictarp-required.ts';

const speaker = daemonSet('speaker', { namespace: 'metallb-system', image: 'quay.io/metallb/speaker:v0.15.2' });
const l2 = { l2Advertisements: [custom('default', {})] };
const kubeVip = (...names: readonly string[]): Pod => ({
  metadata: { name: 'kube-vip-cp1', namespace: 'kube-system' },
  spec: {
    containers: [
      {
        name: 'kube-vip',
        image: 'ghcr.io/kube-vip/kube-vip:v0.8.9',
        env: names.map((name) => ({ name, value: 'true' })),
      },
    ],
  },
});

testRule(strictarpRequired, {
  'passes a cluster that announces nothing': { target: 'ipvs', finds: 'nothing' },
  'blocks MetalLB in layer 2': {
    target: 'ipvs',
    daemonSets: [speaker],
    custom: l2,
    finds: 'block',
    says: ['L2Advertisement default', 'strictARP: true'],
  },
  'passes strictARP': {
    target: 'ipvs',
    daemonSets: [speaker],
    custom: l2,
    config: { ipvs: { strictARP: true } },
    finds: 'nothing',
  },
  'passes strictARP that the migration sets': {
    target: 'ipvs',
    daemonSets: [speaker],
    custom: l2,
    change: { ipvs: { strictARP: true } },
    finds: 'nothing',
  },
  'passes MetalLB with BGP alone': { target: 'ipvs', daemonSets: [speaker], finds: 'nothing' },
  'blocks a MetalLB whose protocol is not to be seen': {
    target: 'ipvs',
    daemonSets: [daemonSet('speaker', { image: 'metallb/speaker:v0.9.3' })],
    finds: 'block',
    says: 'MetalLB v0.9.3',
  },
  'blocks kube-vip for Services': {
    target: 'ipvs',
    pods: [kubeVip('vip_arp', 'cp_enable', 'svc_enable')],
    finds: 'block',
    says: 'kube-system/kube-vip-cp1',
  },
  'passes kube-vip for the control plane alone': {
    target: 'ipvs',
    pods: [kubeVip('vip_arp', 'cp_enable')],
    finds: 'nothing',
  },
  'blocks OpenELB': { target: 'ipvs', daemonSets: [daemonSet('openelb-speaker')], finds: 'block', says: 'OpenELB' },
  'blocks the load balancer of Antrea': {
    target: 'ipvs',
    daemonSets: [daemonSet('antrea-agent')],
    configMaps: { 'kube-system/antrea-config': { 'antrea-agent.conf': 'featureGates:\n  ServiceExternalIP: true\n' } },
    finds: 'block',
    says: 'ServiceExternalIP',
  },
  'is not asked for other targets': { target: 'nftables', daemonSets: [speaker], custom: l2, finds: 'nothing' },
  'does not know MetalLB without its advertisements': {
    target: 'ipvs',
    daemonSets: [speaker],
    custom: { l2Advertisements: unseen('listing l2advertisements is forbidden') },
    finds: 'unknown',
  },
  'does not know without the configuration': {
    target: 'ipvs',
    daemonSets: [speaker],
    custom: l2,
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
    says: 'reading ConfigMaps is forbidden',
  },
});
