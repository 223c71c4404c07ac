import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import type { NodePart } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { rollbackForeignIpvs } from './rollback-foreign-ipvs.ts';

const on = (ipVs: string, mode = 'iptables'): readonly NodePart[] => [node({ mode, probe: { ipVs } })];
/** 10.103.97.2:6443, the API server of sealos; 10.96.0.10:53, a Service. */
const foreign = 'TCP  0A676102:192B rr\n  -> 0A000065:192B      Masq    1      0          0\n';
const own = 'UDP  0A60000A:0035 rr\n';
const services = [service('dns', { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'] })];

testRule(rollbackForeignIpvs, {
  'passes a node without virtual servers': { target: 'nftables', nodes: on(''), finds: 'nothing' },
  "passes kube-proxy's own": { target: 'nftables', services, nodes: on(own, 'ipvs'), finds: 'nothing' },
  "blocks somebody else's": {
    target: 'nftables',
    services,
    nodes: on(own + foreign, 'ipvs'),
    finds: 'block',
    says: ['1 virtual server (TCP 10.103.97.2:6443)', 'going back to ipvs', 'ipvsadm -Sn'],
  },
  'passes a node that runs nftables already': {
    target: 'nftables',
    nodes: on(foreign, 'nftables'),
    finds: 'nothing',
  },
  'is not asked about iptables': { target: 'iptables', nodes: on(foreign), finds: 'nothing' },
  'does not know a node nobody looked at': { target: 'nftables', nodes: [node({ probe: null })], finds: 'unknown' },
  'does not know whose they are without the Services': {
    target: 'nftables',
    nodes: on(own),
    services: unseen('listing services is forbidden'),
    finds: 'unknown',
  },
});
