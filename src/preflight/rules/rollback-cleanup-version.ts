// `kube-proxy --cleanup` up to 1.24 forgets a chain and a set of ipvs mode. iptables and ipvs clean nothing of each other anyway, so
// whoever cleans by it between the two has these left.
import { isOlder } from '../facts/image.ts';
import { given, unseen } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';

export const rollbackCleanupVersion: ClusterRule = {
  id: 'rollback-cleanup-version',
  section: 14,
  scope: 'cluster',
  title: "kube-proxy's own cleanup leaves parts of ipvs mode",
  verdicts: everyMode('warn'),
  source: 'k/k#109286, fixed by k/k PR 109288 in 1.25; gardener/gardener#4599',
  onlyForward: true,
  check: ({ cluster, target, from }) => {
    // Wherever ipvs is one of the two modes, it is the one that is left: now, or by the rollback.
    if (target !== 'ipvs' && from !== 'ipvs' && from !== undefined) return undefined;
    return given([cluster.kubeProxy.place, cluster.kubeProxy.version], ({ kind }, { text, parsed }) => {
      if (kind === 'absent' || target === from) return undefined;
      if (parsed === undefined) return unseen(`the version of kube-proxy cannot be read from ${JSON.stringify(text)}`);
      if (!isOlder(parsed, 1, 25)) return undefined;
      if (from === undefined) return unseen('which mode kube-proxy runs now cannot be seen');
      return {
        message: `\`kube-proxy --cleanup\` of ${text} leaves the filter chain KUBE-NODE-PORT and the set KUBE-HEALTH-CHECK-NODE-PORT behind when ipvs mode is left${target === 'ipvs' ? ' by a rollback' : ''}.`,
        fix: [
          '# on the node, after --cleanup; with ip6tables and KUBE-6-HEALTH-CHECK-NODE-PORT the same for IPv6',
          'iptables -w -D INPUT -m comment --comment "kubernetes health check rules" -j KUBE-NODE-PORT',
          'iptables -w -F KUBE-NODE-PORT',
          'iptables -w -X KUBE-NODE-PORT',
          'ipset destroy KUBE-HEALTH-CHECK-NODE-PORT',
        ].join('\n'),
      };
    });
  },
};
