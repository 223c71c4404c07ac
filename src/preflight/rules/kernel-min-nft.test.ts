import { unseen } from '../known.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { kernelMinNft } from './kernel-min-nft.ts';

testRule(kernelMinNft, {
  'blocks RHEL 8': {
    target: 'nftables',
    nodes: [node({ kernel: '4.18.0-553.el8_10.x86_64' })],
    finds: 'block',
    says: '4.18.0-553.el8_10.x86_64',
  },
  'blocks 5.12, passes 5.13 and 6.1': {
    target: 'nftables',
    nodes: ['5.12.19', '5.13.0-1', '6.1.0-31-amd64'].map((kernel) => node({ name: `n-${kernel}`, kernel })),
    finds: ['block'],
    says: '5.12.19',
  },
  'passes RHEL 9': { target: 'nftables', nodes: [node({ kernel: '5.14.0-427.el9.x86_64' })], finds: 'nothing' },
  'is not asked for other targets': { target: 'ipvs', nodes: [node({ kernel: '3.10.0' })], finds: 'nothing' },
  'does not know a release it cannot read': {
    target: 'nftables',
    nodes: [node({ kernel: 'custom-build' })],
    finds: 'unknown',
    says: 'custom-build',
  },
  'does not know what it cannot list': {
    target: 'nftables',
    nodes: unseen('listing nodes is forbidden'),
    finds: 'unknown',
  },
  'looks at the way back to nftables, too': {
    target: 'iptables',
    nodes: [node({ kernel: '5.4.0', mode: 'nftables' })],
    direction: 'rollback',
    finds: 'block',
  },
});
