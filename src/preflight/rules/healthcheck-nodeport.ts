// The health check port of a Service is answered by kube-proxy itself: while it restarts, nobody answers.
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { healthChecked, namesOf } from './shared-services.ts';
import { counted } from './shared-words.ts';

export const healthcheckNodeport: ClusterRule = {
  id: 'healthcheck-nodeport',
  section: 6,
  scope: 'cluster',
  title: "load balancers ask kube-proxy for a Service's health",
  verdicts: everyMode('warn'),
  source: 'pkg/proxy/healthcheck/service_health.go; KEP-3836',
  check: ({ cluster }) =>
    given([cluster.services], (services) => {
      const users = healthChecked(services);
      if (users.length === 0) return undefined;
      return {
        message: `${counted('Service', namesOf(users))} with a health check port: nobody answers it while a node's kube-proxy restarts, and the load balancer may take that node out for a while.`,
        fix: 'Keep spec.rollout.maxUnavailable at 1, so that the load balancer always has the other nodes; a node that it has taken out is drained of outside traffic.',
      };
    }),
};
