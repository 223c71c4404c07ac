// The helper pods of the operator's namespace in one cache, open only while somebody waits for one: a watch instead of a
// question per pod and second.
import type { OpenCache, Operator } from 'kopf-ts';
import { HELPER_SELECTOR, PODS, type HelperPod } from '../node/helper-pod.ts';
import type { HelperWatch } from '../node/helper-pods.ts';

export class SharedHelperWatch implements HelperWatch {
  readonly #open: () => OpenCache<HelperPod>;
  /** By the pod's name: with a thousand of them, each wakes only who waits for it. */
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #released = new Set<() => void>();
  #cache: OpenCache<HelperPod> | undefined;
  #users = 0;

  constructor(operator: Pick<Operator, 'cache'>, namespace: string) {
    const selection = { namespace, labelSelector: HELPER_SELECTOR };
    this.#open = () =>
      operator.cache(PODS, { selection, project, onEvent: ({ object }) => this.#tell(object.metadata.name) });
  }

  /** Keeps the watch open until the function it returns is called. */
  hold(): () => void {
    this.#users += 1;
    this.#cache ??= this.#open();
    let held = true;
    return () => {
      if (held) this.#users -= 1;
      held = false;
      for (const resolve of this.#released) resolve();
      this.#released.clear();
      if (this.#users > 0) return;
      this.#cache?.close();
      this.#cache = undefined;
    };
  }

  /** Resolves when nobody holds it: every helper pod has been closed. */
  async idle(): Promise<void> {
    while (this.#users > 0) await new Promise<void>((resolve) => this.#released.add(resolve));
  }

  readonly get: HelperWatch['get'] = (pod) => this.#cache?.get(pod);

  readonly changed: HelperWatch['changed'] = async ({ name }, signal) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, waiting.add(resolve));
    signal.addEventListener('abort', () => resolve(), { once: true });
    if (signal.aborted) resolve();
    await promise;
    waiting.delete(resolve);
    if (waiting.size === 0 && this.#waiting.get(name) === waiting) this.#waiting.delete(name);
  };

  #tell(name: string): void {
    for (const resolve of this.#waiting.get(name) ?? []) resolve();
  }
}

/** What is asked of it: who made it, and whether it runs. */
function project({ metadata, spec, status }: HelperPod): HelperPod {
  const { managedFields: _dropped, ...kept } = metadata;
  const { nodeName, containers = [] } = spec ?? {};
  const where = {
    ...(nodeName === undefined ? {} : { nodeName }),
    containers: containers.map(({ image }) => (image === undefined ? {} : { image })),
  };
  return { metadata: kept, spec: where, ...(status === undefined ? {} : { status }) };
}
