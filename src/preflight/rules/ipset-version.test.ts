import { ended, node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { ipsetVersion } from './ipset-version.ts';

const ipset = (version: string): Readonly<Record<string, string>> => ({
  ipsetVersion: `ipset v${version}, protocol version: 7\n`,
});

testRule(ipsetVersion, {
  'passes 7.17': { target: 'ipvs', nodes: [node({ probe: ipset('7.17') })], finds: 'nothing' },
  'blocks 4.5': { target: 'ipvs', nodes: [node({ probe: ipset('4.5') })], finds: 'block', says: 'ipset 4.5' },
  'blocks an image without it': {
    target: 'ipvs',
    nodes: [node({ probe: { ipsetVersion: ended(127) } })],
    finds: 'block',
    says: "kube-proxy's image has no ipset",
  },
  'blocks a host without it, where kube-proxy runs on the host': {
    target: 'ipvs',
    proxy: null,
    nodes: [node({ programs: 'host', hasPod: false, probe: { ipsetVersion: ended(127) } })],
    finds: 'block',
    says: 'apt-get install ipset',
  },
  'goes by the version where the image was not run': {
    target: 'ipvs',
    nodes: [node({ probe: null }), node({ name: 'n2', programs: 'host', probe: { ipsetVersion: ended(127) } })],
    finds: 'nothing',
  },
  'is not asked for other targets': { target: 'nftables', nodes: [node({ probe: ipset('4.5') })], finds: 'nothing' },
  'does not know a host nobody looked at': {
    target: 'ipvs',
    proxy: null,
    nodes: [node({ probe: null, hasPod: false })],
    finds: 'unknown',
  },
  'does not know an image without a version': {
    target: 'ipvs',
    version: 'latest',
    nodes: [node({ probe: null })],
    finds: 'unknown',
  },
});
