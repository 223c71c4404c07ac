import { unseen } from '../known.ts';
import { testRule } from '../testing/rule-tests.ts';
import { modeUnset } from './mode-unset.ts';

testRule(modeUnset, {
  'passes a mode that is written': { target: 'iptables', finds: 'nothing' },
  'informs of an empty one': {
    target: 'iptables',
    config: { mode: '' },
    finds: 'info',
    says: ['kube-proxy v1.36.3 chooses by itself', 'mode: iptables'],
  },
  'informs of flags without a mode': {
    target: 'iptables',
    proxy: { container: { command: ['kube-proxy', '--v=2'] } },
    finds: 'info',
  },
  'is not asked about other targets': { target: 'nftables', config: { mode: '' }, finds: 'nothing' },
  'has nothing to say of processes of the nodes': { target: 'iptables', proxy: null, finds: 'nothing' },
  'does not know what it may not read': {
    target: 'iptables',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
  },
});
