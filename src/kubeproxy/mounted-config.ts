// From a path inside a container to the ConfigMap key behind it, as the kubelet mounts it.
import type { ConfigMapSource, ContainerFacts, MountFacts, VolumeFacts } from './daemon-set-facts.ts';

export type MountedKey = { readonly configMap: string; readonly key: string };

/** undefined when no ConfigMap is mounted there. */
export function mountedKey(
  path: string,
  container: ContainerFacts,
  volumes: readonly VolumeFacts[],
): MountedKey | undefined {
  const mount = deepestMount(path, container.volumeMounts ?? []);
  if (mount === undefined) return undefined;
  const rest = path.slice(trimSlash(mount.mountPath).length).replace(/^\/+/, '');
  const file = [mount.subPath ?? '', rest].filter((part) => part !== '').join('/');
  const volume = volumes.find(({ name }) => name === mount.name);
  // In a projected volume a later source wins where two have the same path.
  const sources = [volume?.configMap, ...(volume?.projected?.sources ?? []).map(({ configMap }) => configMap)];
  return keyByItems(sources, file) ?? keyByName(sources, file);
}

function deepestMount(path: string, mounts: readonly MountFacts[]): MountFacts | undefined {
  return mounts
    .filter(({ mountPath }) => path === trimSlash(mountPath) || path.startsWith(`${trimSlash(mountPath)}/`))
    .toSorted((a, b) => trimSlash(b.mountPath).length - trimSlash(a.mountPath).length)[0];
}

function trimSlash(path: string): string {
  return path.replace(/\/+$/, '');
}

type Sources = readonly (ConfigMapSource | undefined)[];

/** `items` says under which path a key is to be found. */
function keyByItems(sources: Sources, file: string): MountedKey | undefined {
  for (const source of sources.toReversed()) {
    const item = source?.items?.find(({ path }) => path === file);
    if (source?.name !== undefined && item !== undefined) return { configMap: source.name, key: item.key };
  }
  return undefined;
}

/** Without `items` every key is a file of its own name. */
function keyByName(sources: Sources, file: string): MountedKey | undefined {
  const source = sources.findLast((candidate) => candidate?.name !== undefined && (candidate.items ?? []).length === 0);
  if (source?.name === undefined || file === '' || file.includes('/')) return undefined;
  return { configMap: source.name, key: file };
}
