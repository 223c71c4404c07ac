import { modprobe, node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ipvsKoMissing } from './ipvs-ko-missing.ts';

const probe = (state: 'missing' | 'loadable' | 'blocked'): Readonly<Record<string, string>> => ({
  procModules: '',
  modprobe: modprobe({ ip_vs: state, ip_vs_rr: state }),
});

testRule(ipvsKoMissing, {
  'passes modules that can be loaded': {
    target: 'ipvs',
    nodes: [node({ probe: probe('loadable') })],
    finds: 'nothing',
  },
  'blocks modules without files': {
    target: 'ipvs',
    nodes: [node({ probe: probe('missing') })],
    finds: 'block',
    says: ['Module ip_vs is missing', 'linux-modules-extra-$(uname -r)'],
  },
  'knows the package of RHEL 10': {
    target: 'ipvs',
    nodes: [node({ osImage: 'Rocky Linux 10.1 (Red Quartz)', probe: probe('missing') })],
    finds: 'block',
    says: '(dnf install kernel-modules-extra-$(uname -r))',
  },
  'offers no package to Talos': {
    target: 'ipvs',
    nodes: [node({ osImage: 'Talos (v1.12.0)', probe: probe('missing') })],
    finds: 'block',
    says: 'Talos takes no modules',
  },
  'blocks a kernel that was built without': {
    target: 'ipvs',
    nodes: [node({ probe: { kernelConfig: '# CONFIG_IP_VS is not set\n' } })],
    finds: 'block',
    says: 'CONFIG_IP_VS is not set',
  },
  'leaves what modprobe.d forbids to another rule': {
    target: 'ipvs',
    nodes: [node({ probe: probe('blocked') })],
    finds: 'nothing',
  },
  'does not know a node nobody looked at': { target: 'ipvs', nodes: [node({ probe: null })], finds: 'unknown' },
});
