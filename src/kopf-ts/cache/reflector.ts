// Keeps one ObjectStore current: list, watch from the list's version, reconnect where the watch left off, list again
// when that is no longer possible. Never gives up; why it is failing, while it is, can be read as `problem`.
import { backoffDelay, type Backoff } from '../backoff.ts';
import { listPages } from '../client/list-pages.ts';
import type { Requester } from '../client/retry.ts';
import type { RawWatchEvent, Watcher } from '../client/watch-stream.ts';
import { resourceName } from '../resource-key.ts';
import type { Clock, KubeObject, Log, Resource, Selection } from '../types.ts';
import type { CacheMetrics } from './cache-metrics.ts';
import type { Entry, ObjectStore } from './object-store.ts';
import { classify, WatchExpired } from './watch-failure.ts';

/** client-go's reflector backoff. */
const BACKOFF: Backoff = { first: 800, factor: 2, max: 30_000 };
/** Refusals that only a person can change (missing rights, missing CRD): asked again at leisure. */
const SLOW_BACKOFF: Backoff = { first: 10_000, factor: 1.5, max: 60_000 };
/**
 * For how long (ms) even such a refusal is asked again as soon as any other failure: an API server that has just come
 * back refuses everybody until it has read its roles, and has not installed its custom resources yet.
 */
const PASSING = 15_000;
/** The API server sends a bookmark a minute. */
const SILENCE = 75_000;
/** A watch that ends sooner (ms) and has brought nothing is a failure, or it would be reopened in a hot loop. */
const TOO_SHORT = 1000;
/** A watch that lasted so long (ms) was working, even if nothing happened on it. */
const LASTED = 30_000;
/** The most (ms) a re-list after 410 is put off: all watchers of a restarted API server get it at the same time. */
const RELIST_SPREAD = 1000;

export type ReflectorParts<T extends KubeObject> = {
  readonly resource: Resource<T>;
  readonly selection: Selection;
  readonly store: ObjectStore<T>;
  readonly requester: Requester;
  readonly watcher: Watcher;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly metrics: CacheMetrics;
  readonly onSynced: () => void;
  readonly onFailed: () => void;
  /** A sign that the loop is alive. */
  readonly beat: () => void;
};

export type Reflector = { readonly problem: Error | undefined; run(signal: AbortSignal): Promise<void> };

export function createReflector<T extends KubeObject>(parts: ReflectorParts<T>): Reflector {
  const { resource, selection, store, clock, random, metrics } = parts;
  const log = parts.log.child({ resource: resourceName(resource), ...selection });
  let problem: Error | undefined;
  let failures = 0;
  /** Since its first refusal: that the server was away before says nothing of it. */
  let refusedSince: number | undefined;
  let watchStarted = 0;
  /** Where the next watch begins; undefined: list first. */
  let position: string | undefined;

  async function list(signal: AbortSignal): Promise<void> {
    const project = (raw: T): Entry<T> => {
      parts.beat();
      return store.admit(raw);
    };
    const { items, resourceVersion } = await listPages(parts.requester, resource, selection, { project, signal });
    store.replace(items, resourceVersion);
    position = resourceVersion;
    problem = undefined;
    metrics.listed(resource);
    parts.onSynced();
  }

  /** Only the watch proves that all is well: after a list alone, a server without history would be listed in a loop. */
  function healthy(): void {
    problem = undefined;
    failures = 0;
    refusedSince = undefined;
  }

  function onEvent(event: RawWatchEvent): void {
    if (event.type === 'ERROR') {
      const { code = 0, reason = '', message = '' } = event.object;
      throw new WatchExpired(`${code} ${reason}: ${message}`);
    }
    healthy();
    position = event.object.metadata.resourceVersion ?? position;
    if (event.type === 'BOOKMARK') store.bookmark(position ?? '');
    else store.apply(event.type, event.object as T);
  }

  async function watch(from: string, signal: AbortSignal): Promise<void> {
    watchStarted = clock.now();
    await parts.watcher.watch({
      resource,
      selection,
      resourceVersion: from,
      timeoutSeconds: 240 + Math.floor(60 * random()),
      silence: SILENCE,
      signal,
      onBytes: parts.beat,
      onEvent,
    });
    if (position === from && clock.now() - watchStarted < TOO_SHORT)
      throw new Error('the watch ended at once, without an event');
    healthy();
  }

  /** Notes why it failed and says how long (ms) to wait. */
  function failed(error: Error): number {
    const failure = classify(error);
    if (position !== undefined && clock.now() - watchStarted > LASTED) failures = 0;
    if (failure.relist) position = undefined;
    metrics.failed(resource, failure.reason);
    // A server that answers again is asked again soon, however long it was away.
    if (failure.needsPerson && refusedSince === undefined) [failures, refusedSince] = [0, clock.now()];
    failures += 1;
    if (failures === 1 && failure.kind !== 'failed') {
      const after = failure.kind === 'expired' ? RELIST_SPREAD * random() : 0;
      log.debug('watching starts over', { after: Math.round(after), problem: error.message });
      return after;
    }
    problem = error;
    parts.onFailed();
    const lasting = failure.needsPerson && clock.now() - (refusedSince ?? clock.now()) >= PASSING;
    const backoff = lasting ? SLOW_BACKOFF : BACKOFF;
    const after = Math.max(backoffDelay(backoff, failures - 1, random), failure.retryAfter);
    log.warn('watching failed, will try again', { after: Math.round(after), problem: error.message });
    return after;
  }

  return {
    get problem() {
      return problem;
    },
    async run(signal) {
      while (!signal.aborted) {
        parts.beat();
        try {
          if (position === undefined) await list(signal);
          else await watch(position, signal);
        } catch (error) {
          if (signal.aborted) return;
          await clock.sleep(failed(error instanceof Error ? error : new Error(String(error))), signal);
        }
      }
    },
  };
}
