// A DaemonSet whose kube-proxy has no --config (AKS, older Talos): its mode is a flag of the pod template. Nothing here can be edited in
// place, because a change of the template restarts pods by the DaemonSet's own rules; it can be looked at.
import { configPath, runsKubeProxy, words } from './command-line.ts';
import { isWindows } from './locate.ts';
import type { DaemonSetFacts, Located, Wanted } from './locate.ts';
import { configOfFlags } from './proxy-flags.ts';
import type { ProxyConfig } from './config-read.ts';
import type { Problem } from './problem.ts';
import { selectorString } from './selector-string.ts';
import { charsOf } from './systemd-words.ts';

export type LocatedByFlags = {
  /** Its ConfigMap and key are ''. */
  readonly located: Located;
  readonly config: ProxyConfig | Problem;
};

/** undefined: there is none, or several, or it has a file. */
export function locateByFlags(daemonSets: readonly DaemonSetFacts[], wanted?: Wanted): LocatedByFlags | undefined {
  const found = daemonSets.flatMap((daemonSet) => {
    const { namespace = 'default', name } = daemonSet.metadata;
    if (wanted !== undefined && (wanted.namespace !== namespace || wanted.name !== name)) return [];
    const container = daemonSet.spec?.template?.spec?.containers?.find(runsKubeProxy);
    if (container === undefined || configPath(container) !== undefined || isWindows(daemonSet)) return [];
    return [{ daemonSet, container, namespace, name }];
  });
  const [one] = found;
  if (one === undefined || found.length > 1) return undefined;
  const { daemonSet, container, namespace, name } = one;
  return {
    located: {
      kind: 'located',
      namespace,
      daemonSet: name,
      configMap: '',
      key: '',
      container: container.name,
      selector: selectorString(daemonSet.spec?.selector),
      image: container.image ?? '',
    },
    config: configOfFlags(words(container).map((word) => charsOf(word))),
  };
}
