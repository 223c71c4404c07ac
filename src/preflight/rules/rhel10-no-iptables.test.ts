import { unseen } from '../known.ts';
import { modprobe, node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { rhel10NoIptables } from './rhel10-no-iptables.ts';

const alma = 'AlmaLinux 10.0 (Purple Lion)';
const having = (state: 'missing' | 'loadable'): ReturnType<typeof node> =>
  node({ osImage: alma, mode: 'nftables', probe: { modprobe: modprobe({ nft_compat: state }) } });

testRule(rhel10NoIptables, {
  'passes RHEL 9': {
    target: 'iptables',
    nodes: [node({ osImage: 'Red Hat Enterprise Linux 9.6 (Plow)' })],
    finds: 'nothing',
  },
  'blocks iptables': {
    target: 'iptables',
    nodes: [having('missing')],
    finds: 'block',
    says: ['AlmaLinux 10.0', 'nft_compat is missing', 'kernel-modules-extra'],
  },
  'blocks iptables where nobody looked': {
    target: 'iptables',
    nodes: [node({ osImage: alma, mode: 'nftables', probe: null })],
    finds: 'block',
    says: 'was not seen',
  },
  'passes iptables with the package': { target: 'iptables', nodes: [having('loadable')], finds: 'nothing' },
  'warns towards ipvs': { target: 'ipvs', nodes: [having('missing')], finds: 'warn', says: 'masquerades' },
  'informs towards nftables': { target: 'nftables', nodes: [node({ osImage: alma })], finds: 'info' },
  'does not know without the nodes': {
    target: 'iptables',
    nodes: unseen('listing nodes is forbidden'),
    finds: 'unknown',
  },
});
