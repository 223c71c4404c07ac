// Caches that hold what a test puts into them, and the part of an operator that opens them.
import type { CacheOptions, KubeObject, OpenCache, Operator, Resource, WatchEvent } from 'kopf-ts';

export type FakeCache<T extends KubeObject> = OpenCache<T> & {
  /** The first list has come. */
  sync(): void;
  /** The list or watch fails. */
  fail(problem: Error): void;
  emit(event: WatchEvent<T>): void;
  readonly closed: boolean;
};

type Contents<T> = { readonly objects?: readonly T[]; readonly synced?: boolean; readonly problem?: Error };

export function fakeCache<T extends KubeObject>(
  resource: Resource<T>,
  { objects = [], synced: syncedAtFirst = true, problem: problemAtFirst }: Contents<T> = {},
  { selection = {}, onEvent = () => undefined }: CacheOptions<T> = {},
): FakeCache<T> {
  const first = Promise.withResolvers<void>();
  let synced = syncedAtFirst;
  let problem = problemAtFirst;
  let closed = false;
  if (synced) first.resolve();
  return {
    resource,
    selection,
    get: ({ name, namespace }) =>
      objects.find(({ metadata }) => metadata.name === name && metadata.namespace === namespace),
    list: () => objects,
    get synced() {
      return synced;
    },
    get problem() {
      return problem;
    },
    get closed() {
      return closed;
    },
    whenSynced(signal) {
      const given = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => given.reject(signal.reason), { once: true });
      return Promise.race([first.promise, given.promise]);
    },
    close: () => void (closed = true),
    sync() {
      synced = true;
      problem = undefined;
      first.resolve();
    },
    fail: (cause) => void (problem = cause),
    emit: onEvent,
  };
}

export type FakeOperator = Pick<Operator, 'cache'> & {
  /** Every cache that was opened, in order. */
  readonly opened: readonly FakeCache<KubeObject>[];
  /** What is held by caches of that plural from now on. */
  hold(plural: string, contents: Contents<KubeObject>): void;
  /** The last cache of that plural. */
  last(plural: string): FakeCache<KubeObject>;
};

export function fakeOperator(): FakeOperator {
  const opened: FakeCache<KubeObject>[] = [];
  const held = new Map<string, Contents<KubeObject>>();
  return {
    opened,
    hold: (plural, contents) => void held.set(plural, contents),
    last(plural) {
      const cache = opened.findLast(({ resource }) => resource.plural === plural);
      if (cache === undefined) throw new Error(`no cache of ${plural} was opened`);
      return cache;
    },
    cache<T extends KubeObject>(resource: Resource<T>, options?: CacheOptions<T>) {
      const cache = fakeCache(resource, held.get(resource.plural) as Contents<T>, options);
      opened.push(cache);
      return cache;
    },
  };
}
