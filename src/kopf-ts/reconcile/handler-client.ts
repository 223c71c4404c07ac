// The client a handler is given: the connection's client behind the fence, leaving a note of every write for the gate,
// and ending with the pass's signal.
import type { DeleteSettings } from '../client/delete-object.ts';
import { ApiError } from '../errors.ts';
import { linkSignals } from '../linked-signal.ts';
import { refOf } from '../resource-key.ts';
import type { Client, ExecOptions, ExecOutcome, KubeObject, Ref, Resource, WriteOptions } from '../types.ts';
import type { Fence } from './fence.ts';
import type { WriteNote } from './own-writes.ts';

type Control = Required<WriteOptions>;

type Parts = {
  readonly client: Client;
  readonly fence: Fence;
  readonly note: (note: WriteNote) => void;
  /** Told of every write under way: a handler may end (a `Promise.all` that fails early) before its writes do. */
  readonly track: <R>(write: Promise<R>) => Promise<R>;
  readonly signal: AbortSignal;
};

export function createHandlerClient({ client, fence, note, track, signal }: Parts): Client {
  async function read<R>(options: WriteOptions | undefined, act: (signal: AbortSignal) => Promise<R>): Promise<R> {
    using link = linkSignals(signal, options?.signal);
    return await act(link.signal);
  }

  /**
   * Runs a write behind the fence, which is asked before every attempt and aborts one in flight. When it fails in a way
   * that leaves doubt, the gate is told to look.
   */
  async function write<R>(
    resource: Resource,
    ref: Ref,
    options: WriteOptions | undefined,
    act: (control: Control) => Promise<R>,
  ): Promise<R> {
    signal.throwIfAborted();
    using link = linkSignals(signal, fence.signal, options?.signal);
    const guard = (): void => {
      fence.check();
      options?.guard?.();
    };
    try {
      return await act({ signal: link.signal, guard });
    } catch (error) {
      if (leavesDoubt(error) && ref.name !== '') note({ kind: 'unclear', resource, ref });
      throw error;
    }
  }

  async function change<T extends KubeObject>(
    resource: Resource<T>,
    ref: Ref,
    options: WriteOptions | undefined,
    act: (control: Control) => Promise<T>,
  ): Promise<T> {
    const object = await write(resource, ref, options, act);
    note({ kind: 'written', resource, ref: refOf(object), object });
    return object;
  }

  async function remove(
    resource: Resource,
    ref: Ref,
    options: DeleteSettings | undefined,
  ): Promise<'deleted' | 'gone'> {
    const outcome = await write(resource, ref, options, (control) =>
      client.delete(resource, ref, { ...options, ...control }),
    );
    note({ kind: 'removed', resource, ref, uid: options?.uid });
    return outcome;
  }

  /** Behind the fence like a write, but about nothing a cache would show. */
  async function exec(pod: Ref, options: ExecOptions): Promise<ExecOutcome> {
    signal.throwIfAborted();
    using link = linkSignals(signal, fence.signal, options.signal);
    const guard = (): void => {
      fence.check();
      options.guard?.();
    };
    return await client.exec(pod, { ...options, signal: link.signal, guard });
  }

  return {
    get: (resource, ref, options) => read(options, (on) => client.get(resource, ref, { signal: on })),
    list: (resource, selection, options) => read(options, (on) => client.list(resource, selection, { signal: on })),
    version: (options) => read(options, (on) => client.version({ signal: on })),
    apiGroups: (options) => read(options, (on) => client.apiGroups({ signal: on })),
    podLog: (pod, options) => read(options, (on) => client.podLog(pod, { ...options, signal: on })),
    async portForward(pod, port, options) {
      const link = linkSignals(signal, options.signal);
      try {
        const stream = await client.portForward(pod, port, { ...options, signal: link.signal });
        // The stream outlives this call, and the signals end it too.
        stream.once('close', () => link[Symbol.dispose]());
        return stream;
      } catch (error) {
        link[Symbol.dispose]();
        throw error;
      }
    },
    exec: (pod, options) => track(exec(pod, options)),
    create: (resource, object, options) =>
      track(change(resource, namedRef(object), options, (control) => client.create(resource, object, control))),
    apply: (resource, object, options) =>
      track(
        change(resource, refOf(object as KubeObject), options, (control) =>
          client.apply(resource, object, { ...options, ...control }),
        ),
      ),
    mergePatch: (resource, ref, patch, options) =>
      track(
        change(resource, ref, options, (control) =>
          client.mergePatch(resource, ref, patch, { ...options, ...control }),
        ),
      ),
    replace: (resource, object, options) =>
      track(change(resource, refOf(object), options, (control) => client.replace(resource, object, control))),
    delete: (resource, ref, options) => track(remove(resource, ref, options)),
    deleteCollection: (resource, selection, options) =>
      track(
        write(resource, { name: '' }, options, (control) =>
          client.deleteCollection(resource, selection, { ...options, ...control }),
        ),
      ),
  };
}

/** Lost answers, and answers that contradict what the handler saw in a cache: its caches must catch up before it runs again. */
function leavesDoubt(error: unknown): boolean {
  return error instanceof ApiError && (error.outcome === 'unknown' || error.status === 409 || error.status === 404);
}

/** With generateName there is no name yet, and after a lost answer no way to look. */
function namedRef(object: KubeObject): Ref {
  const ref = refOf(object);
  return { ...ref, name: ref.name ?? '' };
}
