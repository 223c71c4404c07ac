import { unseen } from '../known.ts';
import { service } from '../testing/cluster.ts';
import { node } from '../testing/node.ts';
import { testRule } from '../testing/rule-tests.ts';
import { foreignIpvs } from './foreign-ipvs.ts';

const HEAD =
  'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n';
// 10.96.0.50:80, 10.0.0.11:30080, and the servers that are somebody's: 10.103.97.2:6443.
const OWN = 'TCP  0A600032:0050 rr\n  -> 0AF40107:0050 Masq 1 0 0\nTCP  0A00000B:7580 rr\n';
const FOREIGN = 'TCP  0A676102:192B rr\n  -> 0A000001:192B Masq 1 0 0\n';
const services = [service('web', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] })];

testRule(foreignIpvs, {
  "passes kube-proxy's own virtual servers": {
    target: 'nftables',
    services,
    nodes: [node({ mode: 'ipvs', probe: { ipVs: HEAD + OWN } })],
    finds: 'nothing',
  },
  'blocks a foreign one towards nftables': {
    target: 'nftables',
    services,
    nodes: [node({ mode: 'ipvs', probe: { ipVs: HEAD + OWN + FOREIGN } })],
    finds: 'block',
    says: ['TCP 10.103.97.2:6443', 'at this and every later start'],
  },
  'blocks a firewall mark': {
    target: 'nftables',
    nodes: [node({ probe: { ipVs: `${HEAD}FWM  00000001 wlc\n` } })],
    finds: 'block',
    says: 'firewall mark 0x00000001',
  },
  'warns of it towards ipvs, with the CIDR to exclude': {
    target: 'ipvs',
    nodes: [node({ probe: { ipVs: HEAD + FOREIGN } })],
    finds: 'warn',
    says: 'excludeCIDRs: ["10.103.97.2/32"]',
  },
  'passes what excludeCIDRs cover towards ipvs': {
    target: 'ipvs',
    config: { ipvs: { excludeCIDRs: ['10.103.97.0/24'] } },
    nodes: [node({ probe: { ipVs: HEAD + FOREIGN } })],
    finds: 'nothing',
  },
  'passes what the migration excludes': {
    target: 'ipvs',
    change: { ipvs: { excludeCIDRs: ['10.103.97.2/32'] } },
    nodes: [node({ probe: { ipVs: HEAD + FOREIGN } })],
    finds: 'nothing',
  },
  'warns of cleaning up towards iptables': {
    target: 'iptables',
    services,
    nodes: [node({ mode: 'ipvs', probe: { ipVs: HEAD + OWN + FOREIGN } })],
    finds: 'warn',
    says: '--cleanup',
  },
  'warns of excludeCIDRs towards nftables, though there is nothing now': {
    target: 'nftables',
    config: { ipvs: { excludeCIDRs: ['10.103.97.2/32'] } },
    nodes: [node({ probe: { ipVs: '' } })],
    finds: 'warn',
    says: '10.103.97.2/32',
  },
  'passes a node without ip_vs': { target: 'nftables', nodes: [node({ probe: { ipVs: '' } })], finds: 'nothing' },
  'does not know a node nobody looked at': { target: 'nftables', nodes: [node({ probe: null })], finds: 'unknown' },
  'does not know without the Services': {
    target: 'nftables',
    services: unseen('listing services is forbidden'),
    nodes: [node({ probe: { ipVs: HEAD + OWN } })],
    finds: 'unknown',
  },
});
