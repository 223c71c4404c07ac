// Windows has one mode, kernelspace. Its kube-proxy often shares the ConfigMap with the Linux one and is never touched.
import type { DaemonSet } from '../facts/objects.ts';
import { containersOf } from '../facts/installed.ts';
import { words } from '../../kubeproxy/command-line.ts';
import { unseen, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { counted } from './shared-words.ts';

export const windowsNodes: ClusterRule = {
  id: 'windows-nodes',
  section: 1,
  scope: 'cluster',
  title: 'there are Windows nodes',
  verdicts: everyMode('info'),
  source: 'kubernetes-sigs/sig-windows-tools, kube-proxy.yml',
  onlyForward: true,
  check: ({ cluster, nodes }) => {
    if (nodes.length === 0) return unseen('no node could be listed');
    const windows = nodes.filter(({ os }) => os === 'windows').map(({ name }) => name);
    if (windows.length === 0) return undefined;
    const own = valueOr(cluster.daemonSets, []).filter(isWindowsProxy);
    const names = own.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    const flags =
      names.length === 0
        ? ''
        : ` DaemonSet ${names.join(', ')} passes --proxy-mode=kernelspace; it is not restarted, even where it reads the same ConfigMap.`;
    return { message: `${counted('Windows node', windows)}: left out, they have the mode kernelspace only.${flags}` };
  },
};

function isWindowsProxy(daemonSet: DaemonSet): boolean {
  return containersOf(daemonSet).some((container) => words(container).some((word) => word.includes('kernelspace')));
}
