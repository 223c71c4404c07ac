import { service } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { nodeportOnBridgeIps } from './nodeport-on-bridge-ips.ts';

const services = [service('web', { type: 'NodePort', ports: [{ port: 80, nodePort: 30002 }] })];
const addresses = (...all: readonly [string, string][]): string =>
  JSON.stringify(all.map(([ifname, local]) => ({ ifname, addr_info: [{ local }] })));
const docker = { ipAddresses: addresses(['eth0', '10.0.0.11'], ['docker0', '172.17.0.1'], ['tunl0', '10.244.36.64']) };
const calico = { ipAddresses: addresses(['eth0', '10.0.0.11'], ['tunl0', '10.244.36.64']) };

testRule(nodeportOnBridgeIps, {
  'warns of docker0': {
    target: 'nftables',
    services,
    nodes: [node({ probe: docker })],
    finds: 'warn',
    says: '172.17.0.1 (docker0), 10.244.36.64 (tunl0)',
  },
  'only informs of the pod network': {
    target: 'nftables',
    services,
    nodes: [node({ probe: calico })],
    finds: 'info',
    says: '10.244.36.64 (tunl0)',
  },
  'goes by the virtual servers of ipvs mode': {
    target: 'nftables',
    services,
    // 172.17.0.1:30002; none on tunl0.
    nodes: [node({ mode: 'ipvs', probe: { ...docker, ipVs: 'TCP  AC110001:7532 rr\n' } })],
    finds: 'warn',
    says: 'served on 172.17.0.1 (docker0) today',
  },
  'passes when nodePortAddresses is set': {
    target: 'nftables',
    services,
    config: { nodePortAddresses: ['10.0.0.0/8'] },
    nodes: [node({ probe: docker })],
    finds: 'nothing',
  },
  'informs when nftables is left': {
    target: 'ipvs',
    services,
    nodes: [node({ mode: 'nftables', probe: docker })],
    finds: 'info',
  },
  'passes between iptables and ipvs': { target: 'ipvs', services, nodes: [node({ probe: docker })], finds: 'nothing' },
  'passes a cluster without node ports': { target: 'nftables', nodes: [node({ probe: docker })], finds: 'nothing' },
  'does not know a node nobody looked at': {
    target: 'nftables',
    services,
    nodes: [node({ probe: null })],
    finds: 'unknown',
  },
});
