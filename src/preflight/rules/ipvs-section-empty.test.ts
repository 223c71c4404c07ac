import { unseen } from '../known.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ipvsSectionEmpty } from './ipvs-section-empty.ts';

testRule(ipvsSectionEmpty, {
  'informs where there is none': { target: 'ipvs', finds: 'info', says: 'scheduler is rr' },
  'informs where all is zero, as kubeadm writes it': {
    target: 'ipvs',
    config: { ipvs: { excludeCIDRs: null, minSyncPeriod: '0s', scheduler: '', strictARP: false, tcpTimeout: '0s' } },
    finds: 'info',
  },
  'passes a scheduler': { target: 'ipvs', config: { ipvs: { scheduler: 'rr' } }, finds: 'nothing' },
  'passes what the migration sets': { target: 'ipvs', change: { ipvs: { strictARP: true } }, finds: 'nothing' },
  'is not asked for other targets': { target: 'nftables', finds: 'nothing' },
  'does not know without the configuration': {
    target: 'ipvs',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
  },
});
