// Flags beside --config do nothing: the file replaces what they had set. People change --proxy-mode, and nothing happens.
import { flagText, voidFlags } from '../../kubeproxy/proxy-flags.ts';
import { charsOf } from '../../kubeproxy/systemd-words.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule, Outcome } from '../rule.ts';
import type { InDaemonSet } from './shared-kube-proxy.ts';

export const flagsLoseToFile: ClusterRule = {
  id: 'flags-lose-to-file',
  section: 1,
  scope: 'cluster',
  title: 'kube-proxy is given flags that its configuration file makes void',
  verdicts: everyMode('warn'),
  source: 'cmd/kube-proxy/app/options.go, loadConfigFromFile; aws/containers-roadmap#142',
  onlyForward: true,
  check: ({ cluster }) =>
    given([cluster.kubeProxy.place], (place) => {
      // Elsewhere there is no --config, or nobody can see it: kube-proxy-not-a-pod, config-file-key.
      if (place.kind === 'daemonSet') return judge(cluster, daemonSetFix(place));
      const isUnit = (place.kind === 'onNodes' || place.kind === 'absent') && cluster.kubeProxy.words.known;
      return isUnit ? judge(cluster, UNIT_FIX) : undefined;
    }),
};

function judge({ kubeProxy }: ClusterFacts, fix: string): Outcome {
  return given([kubeProxy.words], (words) => {
    const args = words.map((word) => charsOf(word));
    const flags = voidFlags(args);
    if (flags.length === 0) return undefined;
    const mode = valueOr(kubeProxy.writtenMode, undefined);
    const counts = mode === undefined ? '' : ` The mode that counts is the file's: ${mode === '' ? '(unset)' : mode}.`;
    return {
      message: `${flags.join(' ')} does nothing, because --config=${flagText(args, 'config') ?? ''} is there, too.${counts}`,
      fix: `Nothing has to be done for a migration, which changes the file. ${fix}`,
    };
  });
}

function daemonSetFix({ located }: InDaemonSet): string {
  return `To have one truth, take the flags out of DaemonSet ${located.daemonSet}: kubectl -n ${located.namespace} edit daemonset ${located.daemonSet}   # with updateStrategy RollingUpdate this restarts every kube-proxy`;
}

const UNIT_FIX =
  'To have one truth, take the flags out of the unit or its options file (systemctl cat kube-proxy shows both), then: systemctl daemon-reload. They go with its next start.';
