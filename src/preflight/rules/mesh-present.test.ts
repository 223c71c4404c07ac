import type { Deployment } from '../facts/objects.ts';
import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { testRule } from '../testing/rule-tests.ts';
import { meshPresent } from './mesh-present.ts';

const deployments: readonly Deployment[] = [{ metadata: { name: 'istiod', namespace: 'istio-system' } }];

testRule(meshPresent, {
  'informs of Istio': { target: 'nftables', deployments, finds: 'info', says: 'Istio is installed' },
  'informs of ambient mode, towards ipvs': { target: 'ipvs', daemonSets: [daemonSet('ztunnel')], finds: 'info' },
  'informs of Linkerd, towards iptables': {
    target: 'iptables',
    deployments: [{ metadata: { name: 'linkerd-destination', namespace: 'linkerd' } }],
    finds: 'info',
    says: 'Linkerd',
  },
  'passes a cluster without one': { target: 'nftables', finds: 'nothing' },
  'does not know without the Deployments': {
    target: 'nftables',
    deployments: unseen('listing deployments is forbidden'),
    finds: 'unknown',
  },
});
