import { unseen } from '../known.ts';
import { testRule } from '../testing/rule-tests.ts';
import { clustercidrMissing } from './clustercidr-missing.ts';

const ipvs = { mode: 'ipvs', clusterCIDR: '' };

testRule(clustercidrMissing, {
  'warns when ipvs is left for nftables': { target: 'nftables', config: ipvs, finds: 'warn', says: 'clusterCIDR' },
  'warns when ipvs is left for iptables': { target: 'iptables', config: ipvs, finds: 'warn' },
  'only informs when iptables is left': { target: 'nftables', config: { clusterCIDR: '' }, finds: 'info' },
  'passes clusterCIDR': { target: 'nftables', config: { mode: 'ipvs' }, finds: 'nothing' },
  'passes another way to tell': {
    target: 'nftables',
    config: { ...ipvs, detectLocalMode: 'NodeCIDR' },
    finds: 'nothing',
  },
  'does not take ClusterCIDR without a CIDR for one': {
    target: 'nftables',
    config: { ...ipvs, detectLocalMode: 'ClusterCIDR' },
    finds: 'warn',
  },
  'is not asked for ipvs': { target: 'ipvs', config: { clusterCIDR: '' }, finds: 'nothing' },
  'does not know without the configuration': {
    target: 'nftables',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
  },
});
