// In ipvs mode a load balancer's address is on kube-ipvs0 of every node, and with externalTrafficPolicy Local it has no endpoints on most.
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { leaving } from './shared-from.ts';
import { isLocalWithExternalIp, namesOf } from './shared-services.ts';
import { counted } from './shared-words.ts';

export const etpLocalIpvsHostnetwork: ClusterRule = {
  id: 'etp-local-ipvs-hostnetwork',
  section: 6,
  scope: 'cluster',
  title: 'clients on the host network lose load balancers with externalTrafficPolicy Local',
  verdicts: { ipvs: 'warn', nftables: 'info' },
  source: 'k/k#93456, k/k#75262, k/k#91812',
  onlyForward: true,
  check: ({ cluster, target, from }) =>
    given([leaving(from), cluster.services], (mode, services) => {
      const users = services.filter(isLocalWithExternalIp);
      // Good news is for those who leave ipvs.
      if (users.length === 0 || mode === target || (target === 'nftables' && mode !== 'ipvs')) return undefined;
      const who = `${counted('Service', namesOf(users), 3)} with externalTrafficPolicy Local and an address from outside`;
      if (target === 'nftables')
        return { message: `${who}: nodes without an endpoint reach that address again; in ipvs mode they do not.` };
      return {
        message: `${who}: in ipvs mode nodes, and pods on the host network, do not reach that address where the node has no endpoint. It was never fixed.`,
        fix: 'Let kubelets, ingress controllers and other clients on the host network use the ClusterIP of the Service.',
      };
    }),
};
