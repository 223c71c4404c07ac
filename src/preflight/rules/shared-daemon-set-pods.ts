// Pods of a DaemonSet, and what keeps one from being Ready.
import type { DaemonSet, Pod } from '../facts/objects.ts';
import { podsOn } from './shared-node-pods.ts';

/** Those on a node; more than one while one replaces the other. */
export function podsOf(daemonSet: DaemonSet, node: string, pods: readonly Pod[]): readonly Pod[] {
  const { name, namespace } = daemonSet.metadata;
  return podsOn(pods, node).filter(
    ({ metadata }) =>
      metadata.namespace === namespace &&
      metadata.ownerReferences?.some((owner) => owner.kind === 'DaemonSet' && owner.name === name) === true,
  );
}

/** CrashLoopBackOff and the like, or simply that it is not Ready. undefined when it is. */
export function notReady({ status }: Pod): string | undefined {
  const reasons = (status?.containerStatuses ?? []).map(({ state }) => state?.waiting?.reason);
  const ready = status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
  return reasons.find((reason) => reason !== undefined) ?? (ready ? undefined : 'not Ready');
}
