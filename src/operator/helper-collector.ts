// Helper pods that nobody needs any more, removed many at a time: a request for each of them would be one more request for
// each node.
import type { Client, Clock, Log } from 'kopf-ts';
import { makingOf, PODS, selectorOf, type HelperPod } from '../node/helper-pod.ts';
import type { HelperRemoval } from '../node/helper-pods.ts';

/** How long (ms) the first one waits for others. */
const GATHER = 3000;
/** In one request: what names them stands in its URL, where a few kilobytes are safe everywhere. */
const MOST = 64;
const TRIES = 3;
const RETRY = 10_000;
/** Of how many that were removed it is remembered, until even a slow watch has shown it. */
const REMEMBERED = 1024;

type Waiting = { readonly making: string; readonly gone: PromiseWithResolvers<void> };

export type HelperCollectorOptions = {
  readonly client: Pick<Client, 'deleteCollection'>;
  readonly clock: Clock;
  readonly log: Log;
  /** The operator's own. */
  readonly namespace: string;
};

export class HelperCollector implements HelperRemoval {
  readonly #options: HelperCollectorOptions;
  readonly #leaving = new Set<string>();
  readonly #waiting: Waiting[] = [];
  /** Fires when those that wait shall go now. */
  #gathering: AbortController | undefined;
  readonly #hurries = new AbortController();

  constructor(options: HelperCollectorOptions) {
    this.#options = options;
  }

  readonly isLeaving = (pod: HelperPod): boolean => this.#leaving.has(makingOf(pod) ?? '');

  readonly collect = (making: string): Promise<void> => {
    const gone = Promise.withResolvers<void>();
    this.#remember(making);
    this.#waiting.push({ making, gone });
    if (this.#gathering === undefined) void this.#gather();
    if (this.#waiting.length >= MOST || this.#hurries.signal.aborted) this.#gathering?.abort();
    return gone.promise;
  };

  /** From now on nobody waits for others. */
  hurry(): void {
    this.#hurries.abort();
    this.#gathering?.abort();
  }

  async #gather(): Promise<void> {
    const gathering = new AbortController();
    this.#gathering = gathering;
    await this.#options.clock.sleep(GATHER, gathering.signal);
    // Those that are handed over together come one after the other.
    if (this.#hurries.signal.aborted) await this.#options.clock.sleep(0);
    this.#gathering = undefined;
    const all = this.#waiting.splice(0);
    while (all.length > 0) await this.#remove(all.splice(0, MOST));
  }

  async #remove(waiting: readonly Waiting[]): Promise<void> {
    const { log } = this.#options;
    const makings = waiting.map(({ making }) => making);
    try {
      await this.#send(makings);
      for (const { gone } of waiting) gone.resolve();
    } catch (error) {
      log.warn('helper pods could not be removed; they end by their own deadline', {
        pods: makings.length,
        problem: String(error),
      });
      for (const making of makings) this.#leaving.delete(making);
      for (const { gone } of waiting) gone.reject(error);
    }
  }

  /** What is refused may be allowed a little later: an API server that has just started does not know its roles yet. */
  async #send(makings: readonly string[]): Promise<void> {
    const { client, clock, namespace } = this.#options;
    const selection = { namespace, labelSelector: selectorOf(makings) };
    for (let tries = 1; ; tries++) {
      try {
        return await client.deleteCollection(PODS, selection, { gracePeriodSeconds: 1 });
      } catch (error) {
        if (tries >= TRIES || this.#hurries.signal.aborted) throw error;
      }
      await clock.sleep(RETRY, this.#hurries.signal);
    }
  }

  #remember(making: string): void {
    this.#leaving.add(making);
    for (const oldest of this.#leaving) {
      if (this.#leaving.size <= REMEMBERED + this.#waiting.length) break;
      this.#leaving.delete(oldest);
    }
  }
}
