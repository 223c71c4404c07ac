// An unset mode is whatever kube-proxy's version makes of it: iptables up to 1.39, nftables from 1.40 on.
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { whereConfigured } from './shared-kube-proxy.ts';

export const modeUnset: ClusterRule = {
  id: 'mode-unset',
  section: 1,
  scope: 'cluster',
  title: "kube-proxy's configuration names no mode",
  verdicts: { iptables: 'info' },
  source: 'KEP-5343; k/k PR 139957',
  onlyForward: true,
  check: ({ cluster }) =>
    whereConfigured(cluster, () =>
      given([cluster.kubeProxy.writtenMode, cluster.kubeProxy.version], (mode, { text }) => {
        if (mode !== '') return undefined;
        return {
          message: `The mode is unset: kube-proxy ${text} chooses by itself, and from 1.40 on that is nftables. An upgrade would switch every node at once.`,
          fix: "Write it down. Nothing has to be restarted for that; a migration to iptables does it, too:\nmode: iptables   # in kube-proxy's configuration",
        };
      }),
    ),
};
