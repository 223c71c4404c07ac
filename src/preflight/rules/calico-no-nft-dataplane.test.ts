import { unseen } from '../known.ts';
import { calico } from '../testing/calico.ts';
import { testRule } from '../testing/rule-tests.ts';
import { calicoNoNftDataplane } from './calico-no-nft-dataplane.ts';

testRule(calicoNoNftDataplane, {
  'has nothing to say without Calico': { target: 'nftables', finds: 'nothing' },
  'blocks 3.28': {
    target: 'nftables',
    daemonSets: [calico('v3.28.5')],
    finds: 'block',
    says: ['Calico is 3.28.5', 'panics', 'Upgrade Calico'],
  },
  'passes 3.29': { target: 'nftables', daemonSets: [calico('v3.29.0')], finds: 'nothing' },
  'passes 3.32': { target: 'nftables', daemonSets: [calico('v3.32.1')], finds: 'nothing' },
  'is not asked for iptables': { target: 'iptables', daemonSets: [calico('v3.20.0')], finds: 'nothing' },
  'is not asked for ipvs': { target: 'ipvs', daemonSets: [calico('v3.20.0')], finds: 'nothing' },
  'looks at the way back to nftables, too': {
    target: 'iptables',
    config: { mode: 'nftables' },
    daemonSets: [calico('v3.28.0')],
    direction: 'rollback',
    finds: 'block',
  },
  'does not know an image named by digest': {
    target: 'nftables',
    daemonSets: [calico('', { image: `docker.io/calico/node@sha256:${'0'.repeat(64)}` })],
    finds: 'unknown',
    says: 'has no tag',
  },
  'does not take Calico Enterprise for an old Calico': {
    target: 'nftables',
    daemonSets: [calico('', { image: 'quay.io/tigera/cnx-node:v3.20.1' })],
    finds: 'unknown',
    says: 'Calico Enterprise',
  },
  'does not know what it cannot list': {
    target: 'nftables',
    daemonSets: unseen('listing daemonsets.apps is forbidden'),
    finds: 'unknown',
  },
});
