// What several rules ask of pods.
import type { Container, Pod } from '../facts/objects.ts';
import { oncePer } from './shared-once.ts';

const byNode = oncePer((pods: readonly Pod[]) =>
  Map.groupBy(
    pods.filter(({ status }) => status?.phase !== 'Succeeded' && status?.phase !== 'Failed'),
    ({ spec }) => spec?.nodeName ?? '',
  ),
);

/** Pods on a node that have not ended. */
export function podsOn(pods: readonly Pod[], node: string): readonly Pod[] {
  return byNode(pods).get(node) ?? [];
}

export function podName({ metadata }: Pod): string {
  return `${metadata.namespace ?? 'default'}/${metadata.name}`;
}

export function containersIn({ spec }: Pod): readonly Container[] {
  return [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
}

/** A plain variable of any container is `true`. */
export function hasEnv(pod: Pod, name: string): boolean {
  return containersIn(pod).some(({ env }) => env?.some((one) => one.name === name && one.value === 'true') === true);
}

export function runsImage(pod: Pod, pattern: RegExp): boolean {
  return containersIn(pod).some(({ image }) => pattern.test(image ?? ''));
}

/** Ports of the node a pod takes by hostPort, as `TCP 443`. `network`: of pods that have a network of their own, or of all. */
export function hostPorts(pod: Pod, network: 'own' | 'any'): readonly string[] {
  if (network === 'own' && pod.spec?.hostNetwork === true) return [];
  return containersIn(pod).flatMap(({ ports }) =>
    (ports ?? []).flatMap(({ hostPort, protocol = 'TCP' }) =>
      hostPort === undefined || hostPort === 0 ? [] : [`${protocol} ${hostPort}`],
    ),
  );
}
