// Makes a helper pod run, finds one that runs already, and removes it: by looking, so that it does not matter who made it
// and where the maker was interrupted.
import { ApiError, type Client, type Clock, type Ref } from 'kopf-ts';
import { HELPER_SELECTOR, isHelper, isSameHelper, PODS, type HelperPod } from './helper-pod.ts';
import { helperState } from './helper-state.ts';

export type Helper = { readonly kind: 'running'; readonly pod: Ref; readonly uid: string };

export type NoHelper =
  | { readonly kind: 'unreachable'; readonly message: string }
  | { readonly kind: 'refused'; readonly message: string };

/** Milliseconds between two looks: short at first, a pod needs one to four seconds. */
const PAUSES = [250, 250, 500, 500, 1000];

/** Helper pods as a watch keeps them: whoever has one need not ask for each of them again and again. */
export type HelperWatch = {
  readonly get: (pod: Ref) => HelperPod | undefined;
  /** Resolves with the next change of any of them, or when the signal fires. */
  readonly changed: (signal: AbortSignal) => Promise<void>;
};

/** With a watch, how long (ms) nothing may be heard before one looks all the same. */
const QUIET = 5000;

export type Waiting = {
  readonly clock: Clock;
  /** Milliseconds, by the clock. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly watch?: HelperWatch | undefined;
};

/** Creates the pod unless it is there, replaces one of another making or that has ended, and waits until it runs. */
export async function ensureHelper(client: Client, wanted: HelperPod, waiting: Waiting): Promise<Helper | NoHelper> {
  const { clock, timeout, signal, watch } = waiting;
  const deadline = clock.now() + timeout;
  let last = '';
  for (let look = 0; ; look += 1) {
    const step = await advance(client, wanted, { signal, watch, isFirst: look === 0 });
    if (step.kind !== 'wait') return step;
    last = step.why === '' ? last : step.why;
    const pause = watch === undefined ? (PAUSES[Math.min(look, PAUSES.length - 1)] ?? 1000) : QUIET;
    if (clock.now() + (watch === undefined ? pause : 0) > deadline) return late(wanted, timeout, last);
    await (watch === undefined ? clock.sleep(pause, signal) : changeWithin(watch, clock, pause, signal));
    if (signal.aborted) return { kind: 'unreachable', message: 'given up while the helper pod was starting' };
  }
}

async function changeWithin(watch: HelperWatch, clock: Clock, pause: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const either = AbortSignal.any([over.signal, signal]);
  await Promise.race([watch.changed(either), clock.sleep(pause, either)]);
  over.abort();
}

type Step = Helper | NoHelper | { readonly kind: 'wait'; readonly why: string };

const LOOK_AGAIN: Step = { kind: 'wait', why: '' };

type Look = Pick<Waiting, 'signal' | 'watch'> & { readonly isFirst: boolean };

/** One look, and what follows from it. A watch may not have heard yet of what was just made, so it is not made twice. */
async function advance(client: Client, wanted: HelperPod, { signal, watch, isFirst }: Look): Promise<Step> {
  try {
    const seen = watch?.get(refOf(wanted));
    const asks = watch === undefined || (seen === undefined && !isFirst);
    const found = asks ? await client.get(PODS, refOf(wanted), { signal }) : seen;
    return found === undefined ? await create(client, wanted, signal) : await judge(client, found, { wanted, signal });
  } catch (error) {
    return failure(error);
  }
}

async function create(client: Client, wanted: HelperPod, signal: AbortSignal): Promise<Step> {
  try {
    await client.create(PODS, wanted, { signal });
  } catch (error) {
    // Somebody was faster, or it is there after all: the next look tells.
    const isThere = error instanceof ApiError && (error.reason === 'AlreadyExists' || error.outcome === 'unknown');
    if (!isThere) throw error;
  }
  return LOOK_AGAIN;
}

async function judge(
  client: Client,
  found: HelperPod,
  { wanted, signal }: { wanted: HelperPod; signal: AbortSignal },
): Promise<Step> {
  if (!isHelper(found)) return { kind: 'refused', message: `${named(found)} is not one of ours` };
  if (found.metadata.deletionTimestamp !== undefined)
    return { kind: 'wait', why: 'the helper pod before it is still ending' };
  const state = helperState(found);
  if (!isSameHelper(found, wanted) || (state.kind === 'ended' && isStale(found))) return replace(client, found, signal);
  switch (state.kind) {
    case 'running':
      return { kind: 'running', pod: refOf(found), uid: found.metadata.uid ?? '' };
    case 'starting':
      return { kind: 'wait', why: state.why };
    case 'stuck':
      return { kind: 'refused', message: `${named(found)} does not start: ${state.why}` };
    case 'ended':
      return { kind: 'refused', message: `the node refused ${named(found)}: ${state.why}` };
  }
}

/**
 * It ran and is over, by its own deadline or with its node; a new one will run. One the kubelet did not even admit
 * (OutOfpods, NodeAffinity, …) never had a container.
 */
function isStale({ status }: HelperPod): boolean {
  return status?.reason === 'DeadlineExceeded' || status?.containerStatuses !== undefined;
}

async function replace(client: Client, found: HelperPod, signal: AbortSignal): Promise<Step> {
  await removeHelper(client, found, signal);
  return LOOK_AGAIN;
}

async function removeHelper(client: Client, found: HelperPod, signal?: AbortSignal): Promise<void> {
  const { uid } = found.metadata;
  if (uid === undefined) return;
  await client.delete(PODS, refOf(found), { uid, gracePeriodSeconds: 1, ...(signal === undefined ? {} : { signal }) });
}

/** Deletes the very pod that was found running. Throws ApiError. */
export async function removeFound(client: Client, { pod, uid }: Helper): Promise<void> {
  await client.delete(PODS, pod, { uid, gracePeriodSeconds: 1 });
}

/** Deletes, by uid, the pod under the helper's name if it is ours. Nothing there is well, too. Throws ApiError. */
export async function removeIfOurs(client: Client, wanted: HelperPod): Promise<void> {
  const found = await client.get(PODS, refOf(wanted));
  if (found !== undefined && isHelper(found) && found.metadata.deletionTimestamp === undefined)
    await removeHelper(client, found);
}

/**
 * Deletes every helper pod in the namespace, whoever made it: for the start of an operator and the end of a migration.
 * `labelSelector` narrows it down. Returns how many. Throws ApiError.
 */
export async function removeHelpers(client: Client, namespace: string, labelSelector?: string): Promise<number> {
  const selector = labelSelector === undefined ? HELPER_SELECTOR : `${HELPER_SELECTOR},${labelSelector}`;
  const { items } = await client.list(PODS, { namespace, labelSelector: selector });
  const left = items.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  for (const pod of left) await removeHelper(client, pod);
  return left.length;
}

/** What the API server's or the network's answer means here. Errors that are no answer are defects, and thrown on. */
export function failure(error: unknown): NoHelper {
  if (!(error instanceof ApiError)) throw error;
  const isRefusal = error.status >= 400 && error.status < 500 && error.status !== 429 && error.status !== 408;
  return { kind: isRefusal ? 'refused' : 'unreachable', message: error.message };
}

function late(wanted: HelperPod, timeout: number, why: string): NoHelper {
  const told = why === '' ? 'the kubelet says nothing about it' : why;
  return {
    kind: 'unreachable',
    message: `${named(wanted)} does not run after ${Math.round(timeout / 1000)} s: ${told}`,
  };
}

function named(pod: HelperPod): string {
  return `pod ${pod.metadata.namespace}/${pod.metadata.name}`;
}

function refOf({ metadata: { name, namespace } }: HelperPod): Ref {
  return namespace === undefined ? { name } : { name, namespace };
}
