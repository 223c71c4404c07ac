import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { kernelConnReuse } from './kernel-conn-reuse.ts';

const el8 = '4.18.0-553.el8_10.x86_64';

testRule(kernelConnReuse, {
  'warns towards ipvs on RHEL 8': {
    target: 'ipvs',
    nodes: [node({ kernel: el8 })],
    finds: 'warn',
    says: [el8, 'conn_reuse_mode to 0'],
  },
  'warns of CentOS 7': {
    target: 'ipvs',
    nodes: [node({ kernel: '3.10.0-1160.el7.x86_64' })],
    finds: 'warn',
    says: 'before 4.1',
  },
  'passes 5.9': { target: 'ipvs', nodes: [node({ kernel: '5.9.0' })], finds: 'nothing' },
  'informs those who leave ipvs for nftables': {
    target: 'nftables',
    nodes: [node({ kernel: el8, mode: 'ipvs' })],
    finds: 'info',
  },
  'informs those who leave ipvs for iptables': {
    target: 'iptables',
    nodes: [node({ kernel: el8, mode: 'ipvs' })],
    finds: 'info',
  },
  'has nothing to say when ipvs is not in it': { target: 'nftables', nodes: [node({ kernel: el8 })], finds: 'nothing' },
  'does not know a release it cannot read': { target: 'ipvs', nodes: [node({ kernel: 'custom' })], finds: 'unknown' },
});
