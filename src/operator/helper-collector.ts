// Helper pods that nobody needs any more, removed many at a time: a request for each of them would be one more request for
// each node.
import { ApiError, type Client, type Clock, type Log } from 'kopf-ts';
import { makingOf, PODS, selectorOf, type HelperPod } from '../node/helper-pod.ts';
import type { HelperRemoval } from '../node/helper-pods.ts';

/** How long (ms) the first one waits for others. */
const GATHER = 3000;
/** In one request: what names them stands in its URL, where a few kilobytes are safe everywhere. */
const MOST = 64;
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
  #hurries = false;

  constructor(options: HelperCollectorOptions) {
    this.#options = options;
  }

  readonly isLeaving = (pod: HelperPod): boolean => this.#leaving.has(makingOf(pod) ?? '');

  readonly collect = (making: string): Promise<void> => {
    const gone = Promise.withResolvers<void>();
    this.#remember(making);
    this.#waiting.push({ making, gone });
    if (this.#gathering === undefined) void this.#gather();
    if (this.#waiting.length >= MOST || this.#hurries) this.#gathering?.abort();
    return gone.promise;
  };

  /** From now on nobody waits for others. */
  hurry(): void {
    this.#hurries = true;
    this.#gathering?.abort();
  }

  async #gather(): Promise<void> {
    const gathering = new AbortController();
    this.#gathering = gathering;
    await this.#options.clock.sleep(GATHER, gathering.signal);
    // Those that are handed over together come one after the other.
    if (this.#hurries) await this.#options.clock.sleep(0);
    this.#gathering = undefined;
    const all = this.#waiting.splice(0);
    while (all.length > 0) await this.#remove(all.splice(0, MOST));
  }

  async #remove(waiting: readonly Waiting[]): Promise<void> {
    const { client, log, namespace } = this.#options;
    const labelSelector = selectorOf(waiting.map(({ making }) => making));
    try {
      await client.deleteCollection(PODS, { namespace, labelSelector }, { gracePeriodSeconds: 1 });
      for (const { gone } of waiting) gone.resolve();
    } catch (error) {
      const problem = error instanceof ApiError ? error.message : String(error);
      log.warn('helper pods could not be removed; they end by their own deadline', { pods: waiting.length, problem });
      for (const { making, gone } of waiting) {
        this.#leaving.delete(making);
        gone.reject(error);
      }
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
