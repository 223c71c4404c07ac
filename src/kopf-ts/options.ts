// The runtime's outer face: what `connect` and `createOperator` take and give. The vocabulary they use is in types.ts.
import type { KubeConfig } from '@kubernetes/client-node';
import type { Registry } from 'prom-client';
import type { Cache, Client, Clock, Handler, KubeObject, Log, Ref, Resource, Selection, WatchEvent } from './types.ts';

export type ConnectOptions = {
  /** A loaded KubeConfig, the path of a kubeconfig file, or a kubeconfig's text (it has a line break). */
  readonly kubeConfig: KubeConfig | string;
  /** The field manager every write is recorded under. */
  readonly fieldManager: string;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Where `rest_client_*` metrics go; a registry of its own when absent. */
  readonly registry?: Registry;
  readonly random?: () => number;
  /** Closes the connection when it fires. */
  readonly signal?: AbortSignal;
};

export type Connection = {
  readonly client: Client;
  readonly registry: Registry;
  /** Fires on `destroy()`. */
  readonly destroyed: AbortSignal;
  /** Lets requests that are under way finish, then closes every socket. */
  close(): Promise<void>;
  /**
   * What SIGKILL would do, for crash tests: every request, stream and timer ends at once, nothing leaves any more, the
   * lease is not released, and a running operator's `run()` rejects with `ConnectionDestroyed`.
   */
  destroy(): void;
};

export type LeaderElectionOptions = {
  readonly namespace: string;
  readonly name: string;
  /** How long a candidate waits after the last renewal it saw before it takes the lease (ms, 15 000). */
  readonly leaseDuration?: number;
  /** How long the holder goes on without a successful renewal before it stops itself (ms, 10 000). */
  readonly renewDeadline?: number;
  /** Between two tries (ms, 2 000). */
  readonly retryPeriod?: number;
};

export type OperatorOptions = {
  /** Field manager, event reporter, metrics label. */
  readonly name: string;
  readonly connection: Connection;
  /** Who holds the lease and reports events; by default host name and a random part. */
  readonly identity?: string;
  /** Absent: no election, this process always leads. */
  readonly leaderElection?: LeaderElectionOptions;
  /** Per resource kind handled; 10 by default. */
  readonly maxConcurrentReconciles?: number;
  readonly clock: Clock;
  readonly random?: () => number;
  readonly log: Log;
  /** The connection's registry when absent. */
  readonly registry?: Registry;
  /** Serves /healthz, /readyz and /metrics. */
  readonly http?: { readonly host: string; readonly port: number };
};

export type WatchOptions<T extends KubeObject> = {
  readonly selection?: Selection;
  /**
   * Reduces an object as it arrives, before it is kept. By default only `metadata.managedFields` is dropped. Hand in the
   * same function every time: caches are shared by its identity.
   */
  readonly project?: (object: T) => T;
};

export type ReconcileOptions<T extends KubeObject> = WatchOptions<T> & {
  /** Calls the handler again this long (ms, ±10 %) after its last success, even when nothing happened. */
  readonly resync?: number;
};

export type DeleteOptions<T extends KubeObject> = WatchOptions<T> & {
  /** Added to every object; removed when the handler has succeeded on a deleted one. Absent: deletion is not held up. */
  readonly finalizer?: string;
};

export type TimerOptions<T extends KubeObject> = WatchOptions<T> & {
  /** Milliseconds between the end of a run and the start of the next. */
  readonly interval: number;
  /** Milliseconds from first sight of the object to the first run; 0 by default. */
  readonly initialDelay?: number;
};

export type CacheOptions<T extends KubeObject> = WatchOptions<T> & {
  /** Called for every change; a cache that already holds objects first reports them as added. */
  readonly onEvent?: (event: WatchEvent<T>) => void;
};

export type OpenCache<T extends KubeObject> = Cache<T> & { close(): void };

export type Registrations = {
  /** Level-triggered: called for every change, deletion included (`object` is undefined when it is gone). */
  reconcile<T extends KubeObject>(resource: Resource<T>, handler: Handler<T>, options?: ReconcileOptions<T>): void;
  /** Once per object that appears while this process leads. */
  create<T extends KubeObject>(resource: Resource<T>, handler: Handler<T>, options?: WatchOptions<T>): void;
  /** Once per object that is already there when this process begins to lead. */
  resume<T extends KubeObject>(resource: Resource<T>, handler: Handler<T>, options?: WatchOptions<T>): void;
  /** When the object's generation, labels or annotations have changed since the last success. */
  update<T extends KubeObject>(resource: Resource<T>, handler: Handler<T>, options?: WatchOptions<T>): void;
  /** When the object is being deleted, until it succeeds. */
  delete<T extends KubeObject>(resource: Resource<T>, handler: Handler<T>, options?: DeleteOptions<T>): void;
  /** Raw watch events, unserialised and also while not leading: for mapping to other objects' keys with `enqueue`. */
  event<T extends KubeObject>(
    resource: Resource<T>,
    listener: (event: WatchEvent<T>) => void,
    options?: WatchOptions<T>,
  ): void;
  timer<T extends KubeObject>(resource: Resource<T>, handler: Handler<T>, options: TimerOptions<T>): void;
};

export type Operator = {
  readonly on: Registrations;
  /** A cache of another resource, shared by (resource, selection, project). Runs while the operator runs; may be opened at any time. */
  cache<T extends KubeObject>(resource: Resource<T>, options?: CacheOptions<T>): OpenCache<T>;
  /** Asks for a pass over that object, after `after` ms when given. The resource must have a handler. */
  enqueue(resource: Resource, ref: Ref, after?: number): void;
  /**
   * For work outside of handlers: behind the same fence, so that nothing is written by a process that does not lead. No gate
   * waits for what it writes: handlers must not plan from it. Fails once the operator has shut down.
   */
  readonly client: Client;
  readonly isLeader: boolean;
  /** The bound HTTP port, once it is bound. */
  readonly port: number | undefined;
  /**
   * Runs until the signal fires, then shuts down in good order (handlers finish, events are sent, the lease is handed
   * over) and resolves. Rejects with `LeadershipLost` or `ConnectionDestroyed`.
   */
  run(signal: AbortSignal): Promise<void>;
};
