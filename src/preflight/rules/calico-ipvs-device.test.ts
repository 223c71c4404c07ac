import { calico } from '../testing/calico.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { calicoIpvsDevice } from './calico-ipvs-device.ts';

const dev = (...names: readonly string[]): string =>
  ['Inter-|   Receive', ' face |bytes', ...names.map((name) => `${name}: 0 0`), ''].join('\n');
const there = { devices: dev('lo', 'eth0', 'kube-ipvs0') };
const gone = { devices: dev('lo', 'eth0') };
const daemonSets = [calico('v3.30.0')];

testRule(calicoIpvsDevice, {
  'has nothing to say without Calico': { target: 'iptables', nodes: [node({ probe: there })], finds: 'nothing' },
  'passes a node without the device': {
    target: 'nftables',
    daemonSets,
    nodes: [node({ probe: gone })],
    finds: 'nothing',
  },
  'tells that it goes with the migration to iptables': {
    target: 'iptables',
    daemonSets,
    nodes: [node({ mode: 'ipvs', probe: there })],
    finds: 'info',
    says: 'it goes with the migration',
  },
  'tells that it goes with the migration to nftables': {
    target: 'nftables',
    daemonSets,
    nodes: [node({ mode: 'ipvs', probe: there })],
    finds: 'info',
  },
  'tells that a left-over one is there already for ipvs': {
    target: 'ipvs',
    daemonSets,
    nodes: [node({ probe: there })],
    finds: 'info',
    says: 'an earlier ipvs left it over',
  },
  'blocks iptables where it remained after the switch': {
    target: 'iptables',
    daemonSets,
    nodes: [node({ probe: there })],
    finds: 'block',
    says: ['kube-proxy runs iptables', 'ip link delete kube-ipvs0'],
  },
  'blocks nftables where it remained': {
    target: 'nftables',
    daemonSets,
    nodes: [node({ probe: there })],
    finds: 'block',
  },
  'does not know a node that was not probed': {
    target: 'nftables',
    daemonSets,
    nodes: [node({ probe: null })],
    finds: 'unknown',
  },
});
