// What a pod's main container runs and where its configuration comes from: followed from the arguments over the mounts to
// ConfigMap and key, as the kubelet and kube-proxy would, so that every layout works without knowing its names.
import type { ConfigMapItems, Container, PodSpec, Volume } from './pod-objects.ts';

export type Program =
  /** `--config` given: all other flags about the mode are ignored. */
  | { readonly kind: 'kubeProxy'; readonly version: string | undefined; readonly config: ConfigFile }
  /** No `--config`: the flags are the configuration. */
  | { readonly kind: 'kubeProxyByFlags'; readonly version: string | undefined; readonly mode: string }
  /** Anything else just runs. */
  | { readonly kind: 'other' };

export type ConfigFile = {
  readonly path: string;
  /** Undefined when no ConfigMap is mounted there. */
  readonly source?: {
    readonly configMap: string;
    readonly key: string;
    /** A subPath mount is never refreshed. */ readonly refreshed: boolean;
  };
};

export function programOf(spec: PodSpec): Program {
  const container = spec.containers[0];
  if (container === undefined || !isKubeProxy(container)) return { kind: 'other' };
  const version = /:(v\d+\.\d+\.\d+)/.exec(container.image)?.[1];
  const path = flag(container, 'config');
  if (path === undefined) return { kind: 'kubeProxyByFlags', version, mode: flag(container, 'proxy-mode') ?? '' };
  const source = sourceOf(spec, container, path);
  return { kind: 'kubeProxy', version, config: source === undefined ? { path } : { path, source } };
}

function isKubeProxy(container: Container): boolean {
  const words = wordsOf(container);
  return (
    words.some((word) => /(^|\/)kube-proxy$/.test(word)) ||
    (words.length === 0 && /(^|\/)kube-proxy[:@]/.test(container.image))
  );
}

/** Command and arguments, shell lines taken apart. */
function wordsOf(container: Container): readonly string[] {
  return [...(container.command ?? []), ...(container.args ?? [])].flatMap((word) => word.split(/\s+/));
}

/** `--name=value` or `--name value`; the last one wins. */
function flag(container: Container, name: string): string | undefined {
  const words = wordsOf(container);
  const values = words.flatMap((word, index) => {
    if (word === `--${name}`) return words[index + 1] ?? [];
    return word.startsWith(`--${name}=`) ? word.slice(name.length + 3) : [];
  });
  return values.at(-1);
}

function sourceOf(spec: PodSpec, container: Container, path: string): ConfigFile['source'] {
  const mount = mountOf(container, path);
  const volume = spec.volumes?.find((candidate) => candidate.name === mount?.name);
  if (mount === undefined || volume === undefined) return undefined;
  const inside = path.slice(mount.mountPath.length + 1);
  const file = [mount.subPath ?? '', inside].filter((part) => part !== '').join('/');
  for (const map of configMapsOf(volume)) {
    const key = keyAt(map.items, file);
    if (key !== undefined) return { configMap: map.name, key, refreshed: mount.subPath === undefined };
  }
  return undefined;
}

type Mount = NonNullable<Container['volumeMounts']>[number];

/** The mount the file lies in: of several the innermost. */
function mountOf(container: Container, path: string): Mount | undefined {
  return (container.volumeMounts ?? [])
    .map((mount) => ({ ...mount, mountPath: mount.mountPath.replace(/\/+$/, '') }))
    .filter(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`))
    .toSorted((a, b) => b.mountPath.length - a.mountPath.length)[0];
}

function configMapsOf(volume: Volume): readonly { readonly name: string; readonly items?: ConfigMapItems }[] {
  const sources = volume.projected?.sources ?? [];
  return [volume.configMap, ...sources.map((source) => source.configMap)].filter((map) => map !== undefined);
}

function keyAt(items: ConfigMapItems | undefined, file: string): string | undefined {
  return items === undefined ? file : items.find((item) => item.path === file)?.key;
}
