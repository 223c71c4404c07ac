// Finds kube-proxy: its DaemonSet, and by following the container's arguments and volumes the ConfigMap and key with its
// configuration. Names are never assumed: EKS has two ConfigMaps, Talos hashed names, OpenShift names of its own.
import { configPath, runsKubeProxy, words } from './command-line.ts';
import type { ContainerFacts, DaemonSetFacts, PodSpecFacts } from './daemon-set-facts.ts';
import { mountedKey } from './mounted-config.ts';
import type { MountedKey } from './mounted-config.ts';
import { problem } from './problem.ts';
import type { Problem } from './problem.ts';
import { selectorString } from './selector-string.ts';

export type { DaemonSetFacts } from './daemon-set-facts.ts';

export type Located = {
  readonly kind: 'located';
  readonly namespace: string;
  readonly daemonSet: string;
  readonly configMap: string;
  readonly key: string;
  readonly container: string;
  /** Label selector of the DaemonSet's pods, in the API's string form. */
  readonly selector: string;
  readonly image: string;
};

export type LocateProblem = Problem & { readonly reason: 'KubeProxyNotFound' | 'ConfigMapNotFound' | 'InvalidSpec' };

/** spec.kubeProxy.daemonSet of a ProxyModeMigration. */
export type Wanted = {
  readonly namespace: string;
  readonly name: string;
  readonly configMap?: string | undefined;
  readonly key?: string | undefined;
};

type Candidate = { readonly daemonSet: DaemonSetFacts; readonly container: ContainerFacts };

/** `daemonSets` are those the operator may see (kube-system by default). Never throws on what the API server accepts. */
export function locate(daemonSets: readonly DaemonSetFacts[], wanted?: Wanted): Located | LocateProblem {
  const candidate = wanted === undefined ? onlyCandidate(daemonSets) : wantedCandidate(daemonSets, wanted);
  if ('kind' in candidate) return candidate;
  const found = findKey(candidate, wanted);
  if ('kind' in found) return found;
  const { daemonSet, container } = candidate;
  return {
    kind: 'located',
    namespace: namespaceOf(daemonSet),
    daemonSet: daemonSet.metadata.name,
    ...found,
    container: container.name,
    selector: selectorString(daemonSet.spec?.selector),
    image: container.image ?? '',
  };
}

function onlyCandidate(daemonSets: readonly DaemonSetFacts[]): Candidate | LocateProblem {
  const candidates = daemonSets.flatMap((daemonSet) => {
    const container = isWindows(daemonSet) ? undefined : containersOf(daemonSet).find(runsKubeProxy);
    return container === undefined ? [] : [{ daemonSet, container }];
  });
  const [first, ...others] = candidates;
  if (first === undefined)
    return refused(
      'KubeProxyNotFound',
      'No DaemonSet runs kube-proxy in the namespaces searched. If one does, name it in spec.kubeProxy.daemonSet; a kube-proxy that runs as a static pod, a systemd unit or inside another process cannot be migrated in place.',
    );
  if (others.length === 0) return first;
  const names = candidates.map(({ daemonSet }) => nameOf(daemonSet)).toSorted();
  return refused(
    'InvalidSpec',
    `Several DaemonSets run kube-proxy: ${names.join(', ')}. Name one in spec.kubeProxy.daemonSet.`,
  );
}

function wantedCandidate(daemonSets: readonly DaemonSetFacts[], wanted: Wanted): Candidate | LocateProblem {
  const name = `${wanted.namespace}/${wanted.name}`;
  const daemonSet = daemonSets.find((one) => nameOf(one) === name);
  if (daemonSet === undefined)
    return refused(
      'KubeProxyNotFound',
      `DaemonSet ${name}, named in spec.kubeProxy.daemonSet, does not exist. Correct the name, or leave spec.kubeProxy out to have it found.`,
    );
  if (isWindows(daemonSet))
    return refused(
      'InvalidSpec',
      `DaemonSet ${name} runs kube-proxy on Windows, which has the mode kernelspace only. Name the Linux one in spec.kubeProxy.daemonSet.`,
    );
  const containers = containersOf(daemonSet);
  // A mirrored image may have any name: what has --config, or is the only container, is meant then.
  const container =
    containers.find(runsKubeProxy) ??
    containers.find((one) => configPath(one) !== undefined) ??
    (containers.length === 1 ? containers[0] : undefined);
  if (container !== undefined) return { daemonSet, container };
  return refused(
    'KubeProxyNotFound',
    `No container of DaemonSet ${name} runs kube-proxy. Name another one in spec.kubeProxy.daemonSet.`,
  );
}

function findKey({ daemonSet, container }: Candidate, wanted: Wanted | undefined): MountedKey | LocateProblem {
  const where = `Container ${container.name} of DaemonSet ${nameOf(daemonSet)}`;
  const path = configPath(container);
  if (path === undefined)
    return refused(
      'ConfigMapNotFound',
      `${where} starts kube-proxy without --config: its mode is in the flags${modeFlag(container)}. Give it a configuration file from a ConfigMap first.`,
    );
  const found = mountedKey(path, container, podSpecOf(daemonSet)?.volumes ?? []);
  const { configMap, key } = { ...found, ...named(wanted) };
  if (configMap === undefined) {
    const message = `${where} reads ${path}, which is not mounted from a ConfigMap. Name it in spec.kubeProxy.daemonSet.configMap and key.`;
    return refused('ConfigMapNotFound', message);
  }
  if (key !== undefined) return { configMap, key };
  const message = `${where} reads ${path}, for which no key of ConfigMap ${configMap} was found. Name it in spec.kubeProxy.daemonSet.key.`;
  return refused('InvalidSpec', message);
}

/** What the spec says by itself; fields it leaves out are found. */
function named(wanted: Wanted | undefined): Partial<MountedKey> {
  return {
    ...(wanted?.configMap === undefined ? {} : { configMap: wanted.configMap }),
    ...(wanted?.key === undefined ? {} : { key: wanted.key }),
  };
}

function modeFlag(container: ContainerFacts): string {
  const flag = words(container).find((word) => word.startsWith('--proxy-mode'));
  return flag === undefined ? '' : ` (${flag.slice(0, 64)})`;
}

/** kube-proxy for Windows may share the Linux one's ConfigMap (kubernetes-sigs/sig-windows-tools) and has no mode to choose. */
export function isWindows(daemonSet: DaemonSetFacts): boolean {
  const selector = podSpecOf(daemonSet)?.nodeSelector ?? {};
  const os = selector['kubernetes.io/os'] ?? selector['beta.kubernetes.io/os'];
  return (
    os === 'windows' ||
    containersOf(daemonSet).some((container) => words(container).some((word) => word.includes('kernelspace')))
  );
}

function podSpecOf(daemonSet: DaemonSetFacts): PodSpecFacts | undefined {
  return daemonSet.spec?.template?.spec;
}

function containersOf(daemonSet: DaemonSetFacts): readonly ContainerFacts[] {
  return podSpecOf(daemonSet)?.containers ?? [];
}

function namespaceOf(daemonSet: DaemonSetFacts): string {
  return daemonSet.metadata.namespace ?? 'default';
}

function nameOf(daemonSet: DaemonSetFacts): string {
  return `${namespaceOf(daemonSet)}/${daemonSet.metadata.name}`;
}

function refused(reason: LocateProblem['reason'], message: string): LocateProblem {
  return { ...problem(message), reason };
}
