// What a helper pod's status says, for whoever waits for it.
import type { HelperPod } from './helper-pod.ts';

export type HelperState =
  | { readonly kind: 'running' }
  /** `why` is what the kubelet says it is waiting for, if it says anything. */
  | { readonly kind: 'starting'; readonly why: string }
  /** Waiting will not help; a person has to act. */
  | { readonly kind: 'stuck'; readonly why: string }
  | { readonly kind: 'ended'; readonly why: string };

/** Reasons of a waiting container that the kubelet does not overcome by itself, or not in the time anybody waits here. */
const STUCK: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'ErrImageNeverPull',
  'ErrImagePull',
  'ImageInspectError',
  'ImagePullBackOff',
  'InvalidImageName',
  'RunContainerError',
]);

export function helperState({ status = {} }: HelperPod): HelperState {
  const { running, waiting = {} } = status.containerStatuses?.[0]?.state ?? {};
  const why = sentence(status.reason ?? waiting.reason, status.message ?? waiting.message);
  switch (status.phase) {
    case 'Failed':
    case 'Succeeded':
      return { kind: 'ended', why };
    case 'Running':
      return running === undefined ? { kind: 'starting', why } : { kind: 'running' };
    default:
      return { kind: STUCK.has(waiting.reason ?? '') ? 'stuck' : 'starting', why };
  }
}

function sentence(reason: string | undefined, message: string | undefined): string {
  return [reason, message]
    .filter((part) => part !== undefined && part !== '')
    .join(': ')
    .slice(0, 500);
}
