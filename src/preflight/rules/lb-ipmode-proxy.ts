// A load balancer that wants to see all traffic says so by ipMode Proxy, and kube-proxy leaves its address alone, in every mode.
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { namesOf } from './shared-services.ts';
import { counted } from './shared-words.ts';

export const lbIpmodeProxy: ClusterRule = {
  id: 'lb-ipmode-proxy',
  section: 9,
  scope: 'cluster',
  title: 'load balancers keep their addresses to themselves (ipMode Proxy)',
  verdicts: everyMode('info'),
  source: 'KEP-1860',
  check: ({ cluster }) =>
    given([cluster.services], (services) => {
      const users = services.filter(({ status }) =>
        status?.loadBalancer?.ingress?.some(({ ipMode }) => ipMode === 'Proxy'),
      );
      if (users.length === 0) return undefined;
      return {
        message: `${counted('Service', namesOf(users))} with ipMode Proxy: kube-proxy makes no rules for these addresses, in any mode, and the audit expects none.`,
      };
    }),
};
