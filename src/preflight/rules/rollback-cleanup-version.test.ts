import { unseen } from '../known.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { rollbackCleanupVersion } from './rollback-cleanup-version.ts';

testRule(rollbackCleanupVersion, {
  'passes 1.25': { target: 'ipvs', version: 'v1.25.0', finds: 'nothing' },
  'warns of the way back from ipvs': {
    target: 'ipvs',
    version: 'v1.24.17',
    finds: 'warn',
    says: ['of v1.24.17 leaves the filter chain KUBE-NODE-PORT', 'by a rollback', 'ipset destroy'],
  },
  'warns when ipvs is left': { target: 'iptables', version: 'v1.22.3', config: { mode: 'ipvs' }, finds: 'warn' },
  'passes where ipvs is neither': { target: 'nftables', version: 'v1.24.0', finds: 'nothing' },
  'passes a cluster that is there already': {
    target: 'ipvs',
    version: 'v1.24.0',
    config: { mode: 'ipvs' },
    finds: 'nothing',
  },
  'does not know an image without a version': { target: 'ipvs', version: 'latest', finds: 'unknown' },
  'does not know the mode that is left': {
    target: 'iptables',
    version: 'v1.24.0',
    config: unseen('reading ConfigMaps is forbidden'),
    nodes: [node()],
    finds: 'unknown',
  },
});
