import { unseen } from '../known.ts';
import { daemonSet } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { bridgeNfCall } from './bridge-nf-call.ts';

const dev = (...names: readonly string[]): string =>
  ['Inter-|   Receive', ' face |bytes', ...names.map((name) => `${name}: 0 0`), ''].join('\n');
const bridged = dev('lo', 'eth0', 'cni0');
const call = (value: number): string => `/proc/sys/net/bridge/bridge-nf-call-iptables:${value}\n`;

testRule(bridgeNfCall, {
  'passes a bridge whose packets are shown': {
    target: 'nftables',
    nodes: [node({ probe: { devices: bridged, sysctls: call(1) } })],
    finds: 'nothing',
  },
  'warns of one whose packets are not': {
    target: 'nftables',
    nodes: [node({ probe: { devices: bridged, sysctls: call(0) } })],
    finds: 'warn',
    says: 'net.bridge.bridge-nf-call-iptables is 0',
  },
  'warns where br_netfilter is not loaded': {
    target: 'ipvs',
    nodes: [node({ probe: { devices: bridged, sysctls: '' } })],
    finds: 'warn',
    says: ['br_netfilter is not loaded', 'modprobe -a br_netfilter'],
  },
  'knows flannel by its DaemonSet': {
    target: 'iptables',
    daemonSets: [daemonSet('kube-flannel-ds')],
    nodes: [node({ probe: { sysctls: call(0) } })],
    finds: 'warn',
  },
  'passes a network without a bridge': {
    target: 'nftables',
    nodes: [node({ probe: { devices: dev('lo', 'eth0', 'cali1'), sysctls: '' } })],
    finds: 'nothing',
  },
  'does not know a node with flannel that nobody looked at': {
    target: 'nftables',
    daemonSets: [daemonSet('kube-flannel-ds')],
    nodes: [node({ probe: null })],
    finds: 'unknown',
  },
  'does not know which network there is': {
    target: 'nftables',
    daemonSets: unseen('listing daemonsets is forbidden'),
    nodes: [node({ probe: null })],
    finds: 'unknown',
  },
});
