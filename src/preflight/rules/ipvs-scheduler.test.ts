import { unseen } from '../known.ts';
import { modprobe, node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ipvsScheduler } from './ipvs-scheduler.ts';

const wlc = { ipvs: { scheduler: 'wlc' } } as const;
const having = (state: 'missing' | 'loadable' | 'blocked'): ReturnType<typeof node> =>
  node({ probe: { modprobe: modprobe({ ip_vs_wlc: state }) } });

testRule(ipvsScheduler, {
  'passes the default': { target: 'ipvs', nodes: [node({ probe: null })], finds: 'nothing' },
  'passes one that can be loaded': { target: 'ipvs', config: wlc, nodes: [having('loadable')], finds: 'nothing' },
  'blocks one the node does not have': {
    target: 'ipvs',
    config: wlc,
    nodes: [having('missing')],
    finds: 'block',
    says: ['ip_vs_wlc is missing', 'spec.config.ipvs.scheduler: rr'],
  },
  'blocks one that modprobe.d forbids': {
    target: 'ipvs',
    config: wlc,
    nodes: [having('blocked')],
    finds: 'block',
    says: ["'install +(ip_vs_wlc)' /etc/modprobe.d"],
  },
  'blocks a name kube-proxy does not know': {
    target: 'ipvs',
    config: { ipvs: { scheduler: 'ip-hash' } },
    finds: 'block',
    says: ['"ip-hash"', 'it is sh'],
  },
  'judges the one the migration sets': { target: 'ipvs', change: wlc, nodes: [having('missing')], finds: 'block' },
  'does not know a node nobody looked at': {
    target: 'ipvs',
    config: wlc,
    nodes: [node({ probe: null })],
    finds: 'unknown',
  },
  'does not know without the configuration': {
    target: 'ipvs',
    config: unseen('reading ConfigMaps is forbidden'),
    finds: 'unknown',
  },
});
