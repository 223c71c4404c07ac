// kube-router can be the service proxy itself, by IPVS. Then a kube-proxy in ipvs mode and kube-router delete each other's virtual servers.
import { flagValue } from '../facts/installed.ts';
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';

export const kubeRouterServiceProxy: ClusterRule = {
  id: 'kube-router-service-proxy',
  section: 3,
  scope: 'cluster',
  title: 'kube-router serves Services in place of kube-proxy',
  verdicts: everyMode('block'),
  source: 'cloudnativelabs/kube-router#829, docs/user-guide.md',
  check: ({ cluster }) =>
    given([cluster.cni], ({ kubeRouter }) => {
      if (kubeRouter === undefined) return undefined;
      // On unless it is switched off (kube-router's user guide).
      const value = flagValue(kubeRouter.words, '--run-service-proxy');
      if (/^(?:f|false|0)$/i.test(value ?? 'true')) return undefined;
      const name = `${kubeRouter.namespace}/${kubeRouter.daemonSet.metadata.name}`;
      return {
        message: `DaemonSet ${name} runs with --run-service-proxy${value === undefined ? ' left at its default, true' : `=${value}`}: kube-router is the service proxy, and it deletes IPVS services that are not its own.`,
        fix: 'If kube-router shall serve Services, there is nothing to migrate: take kube-proxy away. Otherwise give kube-router --run-service-proxy=false first.',
      };
    }),
};
