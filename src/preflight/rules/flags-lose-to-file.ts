// Flags beside --config do nothing: the file replaces what they had set. People change --proxy-mode, and nothing happens.
import { configPath } from '../../kubeproxy/command-line.ts';
import { voidFlags } from '../../kubeproxy/proxy-flags.ts';
import { charsOf } from '../../kubeproxy/systemd-words.ts';
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { inDaemonSet } from './shared-kube-proxy.ts';

export const flagsLoseToFile: ClusterRule = {
  id: 'flags-lose-to-file',
  section: 1,
  scope: 'cluster',
  title: 'kube-proxy is given flags that its configuration file makes void',
  verdicts: everyMode('warn'),
  source: 'cmd/kube-proxy/app/options.go, loadConfigFromFile; aws/containers-roadmap#142',
  onlyForward: true,
  check: ({ cluster }) =>
    inDaemonSet(cluster, ({ container, located }) =>
      given([cluster.kubeProxy.words], (words) => {
        const flags = voidFlags(words.map((word) => charsOf(word)));
        if (flags.length === 0) return undefined;
        const mode = valueOr(cluster.kubeProxy.writtenMode, undefined);
        const counts =
          mode === undefined ? '' : ` The mode that counts is the file's: ${mode === '' ? '(unset)' : mode}.`;
        return {
          message: `${flags.join(' ')} does nothing, because --config=${configPath(container)} is there, too.${counts}`,
          fix: `Nothing has to be done for a migration, which changes the file. To have one truth, take the flags out of DaemonSet ${located.daemonSet}: kubectl -n ${located.namespace} edit daemonset ${located.daemonSet}   # with updateStrategy RollingUpdate this restarts every kube-proxy`,
        };
      }),
    ),
};
