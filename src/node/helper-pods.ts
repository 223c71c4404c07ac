// Makes a helper pod run, finds one that runs already, and removes it: by looking, so that it does not matter who made it
// and where the maker was interrupted.
import { ApiError, type Client, type Clock, type Ref } from 'kopf-ts';
import { isRefused } from '../api/refusal.ts';
import {
  hasOtherImage,
  HELPER_SELECTOR,
  imageReplaced,
  isHelper,
  isSameHelper,
  makingOf,
  PODS,
  type HelperPod,
} from './helper-pod.ts';
import { helperState, type HelperState } from './helper-state.ts';

export type Helper = {
  readonly kind: 'running';
  readonly pod: Ref;
  readonly uid: string;
  /** See HelperSettings; undefined where its maker gave it none. */
  readonly making: string | undefined;
};

export type NoHelper =
  | { readonly kind: 'unreachable'; readonly message: string }
  /** `forbidden`: the API server refuses the request, whatever the node may be like. */
  | { readonly kind: 'refused'; readonly message: string; readonly forbidden?: true };

/** Milliseconds between two looks: short at first, a pod needs one to four seconds. */
const PAUSES = [250, 250, 500, 500, 1000];

/** Helper pods as a watch keeps them: whoever has one need not ask for each of them again and again. */
export type HelperWatch = {
  readonly get: (pod: Ref) => HelperPod | undefined;
  /** Resolves with its next change, or when the signal fires. */
  readonly changed: (pod: Ref, signal: AbortSignal) => Promise<void>;
};

/** Removes helper pods, many in one request. */
export type HelperRemoval = {
  /** Resolves when it has been done. Throws ApiError when it cannot be done; the pod goes by its own deadline then. */
  readonly collect: (making: string) => Promise<void>;
  /** True of a pod that has been handed over, though that may not be seen yet. */
  readonly isLeaving: (pod: HelperPod) => boolean;
};

/** With a watch, how long (ms) nothing may be heard before one looks all the same. */
const QUIET = 5000;

export type Waiting = {
  readonly clock: Clock;
  /** Milliseconds, by the clock. */
  readonly timeout: number;
  readonly signal: AbortSignal;
  readonly watch?: HelperWatch | undefined;
  readonly isLeaving?: HelperRemoval['isLeaving'] | undefined;
  /** A pod that the node refused is made anew, instead of being told of once more. */
  readonly isRetry?: boolean;
};

/** Creates the pod unless it is there, replaces one of another making or that has ended, and waits until it runs. */
export async function ensureHelper(client: Client, wanted: HelperPod, waiting: Waiting): Promise<Helper | NoHelper> {
  const { clock, timeout, signal, watch } = waiting;
  const deadline = clock.now() + timeout;
  let last = '';
  let asks = watch === undefined;
  let made = false;
  for (let look = 0; ; look += 1) {
    const step = await advance(client, wanted, { ...waiting, asks, made, isFirst: look === 0 });
    if (step.kind !== 'wait') return step;
    made = step.made ?? false;
    last = step.why === '' ? last : step.why;
    const pause = watch === undefined ? (PAUSES[Math.min(look, PAUSES.length - 1)] ?? 1000) : QUIET;
    if (clock.now() + (watch === undefined ? pause : 0) > deadline) return late(wanted, timeout, last);
    if (watch === undefined) await clock.sleep(pause, signal);
    else asks = !(await changes(watch, refOf(wanted), { clock, pause, signal }));
    if (signal.aborted) return { kind: 'unreachable', message: 'given up while the helper pod was starting' };
  }
}

/** False: nothing was heard in that time. */
async function changes(
  watch: HelperWatch,
  pod: Ref,
  { clock, pause, signal }: Pick<Waiting, 'clock' | 'signal'> & { readonly pause: number },
): Promise<boolean> {
  const over = new AbortController();
  const either = AbortSignal.any([over.signal, signal]);
  const changed = watch.changed(pod, either).then(() => true);
  const isChanged = await Promise.race([changed, clock.sleep(pause, either).then(() => false)]);
  over.abort();
  return isChanged;
}

type Step = Helper | NoHelper | { readonly kind: 'wait'; readonly why: string; readonly made?: boolean };

const LOOK_AGAIN: Step = { kind: 'wait', why: '' };
const MADE: Step = { kind: 'wait', why: '', made: true };
const ENDING: Step = { kind: 'wait', why: 'the helper pod before it is still ending' };

type Look = Waiting & {
  readonly isFirst: boolean;
  /** The API server is asked, not only the watch. */
  readonly asks: boolean;
  /** It has just been made. */
  readonly made: boolean;
};

/** One look, and what follows from it. A watch may not have heard yet of what was just made, so it is not made twice. */
async function advance(client: Client, wanted: HelperPod, look: Look): Promise<Step> {
  const { signal, watch, asks, made, isLeaving = () => false } = look;
  try {
    const seen = watch?.get(refOf(wanted));
    if (seen === undefined && made && !asks) return MADE;
    const found = asks && seen === undefined ? await client.get(PODS, refOf(wanted), { signal }) : seen;
    if (found === undefined) return await create(client, wanted, signal);
    return isLeaving(found) ? ENDING : await judge(client, found, wanted, look);
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
  return MADE;
}

async function judge(client: Client, found: HelperPod, wanted: HelperPod, look: Look): Promise<Step> {
  if (!isHelper(found)) return { kind: 'refused', message: `${named(found)} is not one of ours` };
  if (found.metadata.deletionTimestamp !== undefined) return ENDING;
  const state = helperState(found);
  if (!isSameHelper(found, wanted) || anotherMayDo(state, found, wanted, look))
    return replace(client, found, look.signal);
  switch (state.kind) {
    case 'running':
      return { kind: 'running', pod: refOf(found), uid: found.metadata.uid ?? '', making: makingOf(found) };
    case 'starting':
      return { kind: 'wait', why: whyNot(state.why, found) };
    case 'stuck':
      return { kind: 'refused', message: `${named(found)} does not start: ${whyNot(state.why, found)}` };
    case 'ended':
      return { kind: 'refused', message: `the node refused ${named(found)}: ${whyNot(state.why, found)}` };
  }
}

function whyNot(why: string, found: HelperPod): string {
  return [why, imageReplaced(found)].filter((part) => part !== undefined && part !== '').join('; ');
}

/** Instead of a pod that does not run, or runs no more. */
function anotherMayDo({ kind }: HelperState, found: HelperPod, wanted: HelperPod, look: Look): boolean {
  if (kind !== 'ended' && kind !== 'stuck') return false;
  const isOver = kind === 'ended' && (isStale(found) || (look.isRetry === true && look.isFirst));
  return isOver || hasOtherImage(found, wanted);
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
 * Deletes every helper pod in the namespace, whoever made it: for the start of an operator. `labelSelector` narrows it down.
 * Throws ApiError.
 */
export async function removeHelpers(client: Client, namespace: string, labelSelector?: string): Promise<void> {
  const selector = labelSelector === undefined ? HELPER_SELECTOR : `${HELPER_SELECTOR},${labelSelector}`;
  await client.deleteCollection(PODS, { namespace, labelSelector: selector }, { gracePeriodSeconds: 1 });
}

/** What the API server's or the network's answer means here. Errors that are no answer are defects, and thrown on. */
export function failure(error: unknown): NoHelper {
  if (!(error instanceof ApiError)) throw error;
  const isRefusal = error.status >= 400 && error.status < 500 && error.status !== 429 && error.status !== 408;
  if (!isRefusal) return { kind: 'unreachable', message: error.message };
  return { kind: 'refused', message: error.message, ...(isRefused(error) ? { forbidden: true } : {}) };
}

/** What is to be told of a helper that is still starting, to somebody who does not wait for its end. */
export function notYet(wanted: HelperPod, waited: number, watch: HelperWatch | undefined): NoHelper {
  const found = watch?.get(refOf(wanted));
  if (found === undefined) return late(wanted, waited, '');
  const state = helperState(found);
  return late(wanted, waited, state.kind === 'running' ? '' : whyNot(state.why, found));
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
