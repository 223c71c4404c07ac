// To and from nftables, kube-proxy removes the old mode's rules when it starts, and writes the new ones a moment later.
import { given } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { leaving } from './shared-from.ts';

export const darkWindow: NodeRule = {
  id: 'dark-window',
  section: 9,
  scope: 'node',
  title: 'new connections to Services fail for a moment',
  verdicts: { iptables: 'info', nftables: 'warn' },
  source: 'cmd/kube-proxy/app/server.go, platformCleanup; KEP-5343',
  check: ({ target, from }) =>
    given([leaving(from)], (mode) => {
      if (mode === target || (target === 'iptables' && mode !== 'nftables')) return undefined;
      return {
        message: `From the moment kube-proxy removes the rules of ${mode} until its first sync in mode ${target}, new connections through Services fail on the node: seconds, and minutes with thousands of Services.`,
        fix: '# if pods of the node mind even that\nkubectl drain <node> --ignore-daemonsets --delete-emptydir-data',
      };
    }),
};
