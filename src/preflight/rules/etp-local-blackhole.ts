// Pods that call the load balancer's address of a Service with externalTrafficPolicy Local: iptables mode sends them to any endpoint, nftables
// mode before the fix drops them on nodes without a local one, and so does ipvs mode.
import { isOlder } from '../facts/image.ts';
import type { Version } from '../../kubeproxy/versions.ts';
import { given, unseen } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { isLocalWithExternalIp, namesOf } from './shared-services.ts';
import { counted } from './shared-words.ts';

export const etpLocalBlackhole: ClusterRule = {
  id: 'etp-local-blackhole',
  section: 6,
  scope: 'cluster',
  title: 'pods lose load balancers whose Services have externalTrafficPolicy Local',
  verdicts: { ipvs: 'warn', nftables: 'block' },
  source: 'k/k#131765; k/k PR 132456 (1.34.0), PR 133969 (1.33.6)',
  onlyForward: true,
  check: ({ cluster, target, from }) =>
    given([cluster.services], (services) => {
      const users = services.filter(isLocalWithExternalIp);
      // Leaving ipvs for nftables changes nothing for the worse: there it is dropped already.
      if (users.length === 0 || from === target || (target === 'nftables' && from === 'ipvs')) return undefined;
      const who = `${counted('Service', namesOf(users), 3)} with externalTrafficPolicy Local and an address from outside`;
      if (target === 'ipvs')
        return {
          message: `${who}: in ipvs mode, what pods send to that address is dropped on nodes without an endpoint of their own.`,
          fix: 'Let clients inside the cluster use the ClusterIP or the DNS name of the Service.',
        };
      return given([cluster.kubeProxy.version], ({ text, parsed }) => {
        if (parsed === undefined) return unseen(`kube-proxy's version ${text} cannot be read`);
        if (isFixed(parsed)) return undefined;
        return {
          message: `${who}: kube-proxy ${text} in nftables mode drops what pods send to that address on nodes without an endpoint of their own.`,
          fix: 'Upgrade kube-proxy to 1.34, or to 1.33.6 or a later patch of 1.33. Or let clients inside the cluster use the ClusterIP, and accept etp-local-blackhole.',
        };
      });
    }),
};

function isFixed(version: Version): boolean {
  return !isOlder(version, 1, 34) || (version.minor === 33 && version.patch >= 6);
}
