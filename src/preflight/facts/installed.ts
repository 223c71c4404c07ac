// A network, as its DaemonSet shows it.
import { words } from '../../kubeproxy/command-line.ts';
import type { Installed } from './cni.ts';
import { parsedImageVersion } from './image.ts';
import type { Container, DaemonSet } from './objects.ts';

export function containersOf(daemonSet: DaemonSet): readonly Container[] {
  return daemonSet.spec?.template?.spec?.containers ?? [];
}

/** The first of these DaemonSets. `container` names the one that matters; else the first counts. */
export function findInstalled(
  daemonSets: readonly DaemonSet[],
  isIt: (daemonSet: DaemonSet) => boolean,
  container?: string,
): Installed | undefined {
  const daemonSet = daemonSets.find(isIt);
  if (daemonSet === undefined) return undefined;
  const containers = containersOf(daemonSet);
  return installed(daemonSet, containers.find(({ name }) => name === container) ?? containers[0]);
}

export function installed(daemonSet: DaemonSet, container: Container | undefined): Installed {
  const image = container?.image ?? '';
  return {
    daemonSet,
    namespace: daemonSet.metadata.namespace ?? 'default',
    image,
    version: parsedImageVersion(image),
    env: plainEnv(container),
    envElsewhere: (container?.env ?? []).flatMap(({ name, valueFrom }) => (valueFrom === undefined ? [] : [name])),
    words: container === undefined ? [] : words(container),
  };
}

export function plainEnv(container: Container | undefined): Readonly<Record<string, string>> {
  const pairs = (container?.env ?? []).flatMap(({ name, value }) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return Object.fromEntries(pairs);
}

/** `--run-service-proxy=true`, `--run-service-proxy true` or the flag alone ('true'); undefined when it is not there. The last one wins. */
export function flagValue(line: readonly string[], flag: string): string | undefined {
  let value: string | undefined;
  for (const [index, word] of line.entries()) {
    const next = line[index + 1];
    if (word === flag) value = next === undefined || next.startsWith('-') ? 'true' : next;
    else if (word.startsWith(`${flag}=`)) value = word.slice(flag.length + 1);
  }
  return value;
}
