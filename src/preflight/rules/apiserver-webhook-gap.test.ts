import type { ApiService, WebhookConfiguration } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { apiserverWebhookGap } from './apiserver-webhook-gap.ts';

const nodes = [node({ name: 'cp1', labels: { 'node-role.kubernetes.io/control-plane': '' } }), node({ name: 'w1' })];
const validatingWebhooks: readonly WebhookConfiguration[] = [
  {
    metadata: { name: 'ingress-nginx-admission' },
    webhooks: [
      { clientConfig: { service: { namespace: 'ingress-nginx', name: 'ingress-nginx-controller-admission' } } },
    ],
  },
];
const apiServices: readonly ApiService[] = [
  {
    metadata: { name: 'v1beta1.metrics.k8s.io' },
    spec: { service: { namespace: 'kube-system', name: 'metrics-server' } },
  },
  { metadata: { name: 'v1.apps' }, spec: { service: null } },
];

testRule(apiserverWebhookGap, {
  'warns of a webhook, on control-plane nodes': {
    target: 'nftables',
    nodes,
    validatingWebhooks,
    finds: ['warn'],
    says: ['ingress-nginx-admission', 'failed calling webhook'],
  },
  'warns of an aggregated API, towards ipvs': {
    target: 'ipvs',
    nodes,
    apiServices,
    finds: ['warn'],
    says: '1 aggregated API (v1beta1.metrics.k8s.io)',
  },
  'warns towards iptables': {
    target: 'iptables',
    nodes: [node({ mode: 'ipvs', labels: { 'node-role.kubernetes.io/control-plane': '' } })],
    apiServices,
    finds: 'warn',
  },
  'passes a webhook that is called by URL': {
    target: 'nftables',
    nodes,
    mutatingWebhooks: [{ metadata: { name: 'x' }, webhooks: [{ clientConfig: { url: 'https://hooks.example.com' } }] }],
    finds: 'nothing',
  },
  'passes a cluster whose control plane is elsewhere': {
    target: 'nftables',
    nodes: [node()],
    validatingWebhooks,
    finds: 'nothing',
  },
  'does not know without the webhooks': {
    target: 'nftables',
    nodes,
    validatingWebhooks: unseen('listing validatingwebhookconfigurations is forbidden'),
    finds: ['unknown'],
  },
});
