// Which ConfigMaps a preflight reads: those of well-known names, those mounted where kube-proxy or flannel runs, and those of networks that
// were installed in a namespace of their own.
import { runsKubeProxy } from '../../kubeproxy/command-line.ts';
import type { DaemonSet, Volume } from './objects.ts';
import { CONFIG_MAPS } from './snapshot.ts';

/** As namespace/name, each once. */
export function configMapsToRead(daemonSets: readonly DaemonSet[]): readonly string[] {
  const mounted = daemonSets.flatMap(({ metadata, spec }) => {
    const pod = spec?.template?.spec;
    const reads = pod?.containers?.some((one) => runsKubeProxy(one) || one.name === 'kube-flannel') === true;
    const names = reads ? (pod.volumes ?? []).flatMap(namesIn) : (OF_NETWORKS.get(metadata.name) ?? []);
    return names.map((name) => `${metadata.namespace ?? 'default'}/${name}`);
  });
  return [...new Set([...CONFIG_MAPS, ...mounted])];
}

/** By name of the DaemonSet. A Map, because anybody gives names: an object has a member `constructor` of its own accord. */
const OF_NETWORKS: ReadonlyMap<string, readonly string[]> = new Map([
  ['cilium', ['cilium-config']],
  ['anetd', ['cilium-config']],
  ['antrea-agent', ['antrea-config']],
]);

function namesIn({ configMap, projected }: Volume): readonly string[] {
  const sources = [configMap, ...(projected?.sources ?? []).map((source) => source.configMap)];
  return sources.flatMap((source) => source?.name ?? []);
}
