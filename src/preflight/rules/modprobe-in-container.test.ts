import { unseen } from '../known.ts';
import { testRule } from '../testing/rule-tests.ts';
import { modprobeInContainer } from './modprobe-in-container.ts';

const unprivileged = { container: { securityContext: { capabilities: { add: ['NET_ADMIN'] } } } };
const withoutModules = { container: { volumeMounts: [{ name: 'kube-proxy', mountPath: '/var/lib/kube-proxy' }] } };
const leavingIpvs = { config: { mode: 'ipvs' } };

testRule(modprobeInContainer, {
  'passes the container of kubeadm': { target: 'ipvs', finds: 'nothing' },
  'warns of one without privileges': {
    target: 'ipvs',
    proxy: unprivileged,
    finds: 'warn',
    says: ['neither privileged nor has SYS_MODULE', 'modprobe -a ip_vs ip_vs_rr'],
  },
  'passes SYS_MODULE': {
    target: 'ipvs',
    proxy: { container: { securityContext: { capabilities: { add: ['NET_ADMIN', 'SYS_MODULE'] } } } },
    finds: 'nothing',
  },
  'warns when it leaves ipvs for nftables': {
    target: 'nftables',
    ...leavingIpvs,
    proxy: withoutModules,
    finds: 'warn',
    says: ['/lib/modules', 'kube-ipvs0'],
  },
  'passes before 1.34, which cleaned up all the same': {
    target: 'nftables',
    ...leavingIpvs,
    version: 'v1.33.6',
    proxy: withoutModules,
    finds: 'nothing',
  },
  'passes when iptables is left': { target: 'nftables', proxy: unprivileged, finds: 'nothing' },
  'passes a kube-proxy in no container': { target: 'ipvs', proxy: null, finds: 'nothing' },
  'does not know without the DaemonSets': {
    target: 'ipvs',
    daemonSets: unseen('listing daemonsets is forbidden'),
    finds: 'unknown',
  },
});
