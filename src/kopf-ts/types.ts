// The vocabulary shared by every part of the runtime: objects, resources, the client's face, the clock and the log.
// Types only, no behaviour: everything else in this folder imports from here.
import type { Duplex } from 'node:stream';

/** `metadata` of any object, as the API server returns it. Times are RFC 3339 strings. */
export type ObjectMeta = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
};

export type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
};

export type ManagedFieldsEntry = {
  readonly manager?: string;
  readonly operation?: string;
  readonly subresource?: string;
  readonly time?: string;
  readonly fieldsV1?: unknown;
};

export type KubeObject = {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
};

/** Where a kind is served. `T` is a phantom: it types what the client and the caches return. */
export type Resource<T extends KubeObject = KubeObject> = {
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly example?: T;
};

export type Ref = { readonly name: string; readonly namespace?: string };

/** What part of a resource is listed and watched. Selectors in the API's own string syntax. */
export type Selection = {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
};

export type ObjectList<T> = { readonly items: readonly T[]; readonly resourceVersion: string };

export type WriteOptions = {
  readonly signal?: AbortSignal;
  /** Called right before each attempt is sent, repetitions included; what it throws stops the request. */
  readonly guard?: () => void;
};

/**
 * The Kubernetes API as the runtime and its handlers see it. Reads of a missing object are `undefined`, not an error;
 * everything else that is not a success throws `ApiError`. A name or namespace that cannot stand in a URL (empty, `.`,
 * `..`, with a slash or a percent sign) throws a plain Error, and nothing is sent.
 */
export type Client = {
  get<T extends KubeObject>(resource: Resource<T>, ref: Ref, options?: WriteOptions): Promise<T | undefined>;
  /** Pages through with `limit`+`continue`; every page is projected before the next is asked for. */
  list<T extends KubeObject>(
    resource: Resource<T>,
    selection?: Selection & { readonly pageSize?: number; readonly project?: (object: T) => T },
    options?: WriteOptions,
  ): Promise<ObjectList<T>>;
  create<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** Server-side apply under the client's field manager, forced. `subresource: 'status'` applies the status. */
  apply<T extends KubeObject>(
    resource: Resource<T>,
    object: unknown,
    options?: WriteOptions & { readonly subresource?: 'status' },
  ): Promise<T>;
  /**
   * A merge patch. `metadata.resourceVersion` in it makes it conditional, here and in `apply` to the status; a uid does
   * not: the API server ignores it in a status and calls it an immutable field elsewhere (measured on 1.36.3).
   */
  mergePatch<T extends KubeObject>(
    resource: Resource<T>,
    ref: Ref,
    patch: unknown,
    options?: WriteOptions & { readonly subresource?: 'status' },
  ): Promise<T>;
  /** A replace (PUT): `metadata.resourceVersion` in the object is its precondition. */
  replace<T extends KubeObject>(resource: Resource<T>, object: T, options?: WriteOptions): Promise<T>;
  /** `gone`: the object did not exist, or the uid precondition named another one. Deleting twice is therefore harmless. */
  delete(
    resource: Resource,
    ref: Ref,
    options?: WriteOptions & { readonly uid?: string; readonly gracePeriodSeconds?: number },
  ): Promise<'deleted' | 'gone'>;
  /**
   * Deletes every object the label selector matches now, in one request. It may be repeated when its answer is lost, and
   * then also hits what came to match meanwhile. Throws a plain Error, and sends nothing, when the selector is empty: that
   * would delete everything there is. What was written so is not waited for by the own-write gate.
   */
  deleteCollection(
    resource: Resource,
    selection: { readonly namespace?: string; readonly labelSelector: string },
    options?: WriteOptions & { readonly gracePeriodSeconds?: number },
  ): Promise<void>;
  /**
   * The last `tailLines` lines of a container's log; `previous` reads the run before the current one. Never more than
   * `limitBytes` bytes of it (16 MiB when not given), even of a server that sends more.
   */
  podLog(
    pod: Ref,
    options: WriteOptions & {
      readonly container?: string;
      readonly previous?: boolean;
      readonly tailLines?: number;
      readonly limitBytes?: number;
    },
  ): Promise<string>;
  /** The API server's version, as in v1.36.3: `gitVersion` of /version. */
  version(options?: WriteOptions): Promise<string>;
  /** Names of the API groups that are served, without the core group's empty one: GET /apis, which every authenticated user may read. */
  apiGroups(options?: WriteOptions): Promise<ReadonlySet<string>>;
  /** One TCP stream to a port of a pod (pods/portforward over WebSocket). Rejects when the stream cannot be opened in `timeout` ms. */
  portForward(
    pod: Ref,
    port: number,
    options: { readonly signal?: AbortSignal; readonly timeout: number },
  ): Promise<Duplex>;
  /**
   * Runs a command in a container of a pod (pods/exec over WebSocket) and waits for its end. A program that cannot be
   * started is a 500 of the container runtime, with its words. `outcome: 'unknown'` in an ApiError: it may have run.
   * Reason `UnsupportedProtocol`: `stdin` was given and the server cannot close it (before Kubernetes 1.30); nothing ran.
   */
  exec(pod: Ref, options: ExecOptions): Promise<ExecOutcome>;
};

/** What `exec` runs: program and arguments, as they are; no shell is involved unless one is named. */
export type ExecOptions = WriteOptions & {
  readonly command: readonly [string, ...string[]];
  /** Needed when the pod has several. */
  readonly container?: string;
  /** What the command reads, and then the end of the file. */
  readonly stdin?: string;
  /** Milliseconds from the call to the exit code. */
  readonly timeout: number;
  /** How many bytes of stdout and of stderr are kept each, from the beginning; the rest is read and dropped. */
  readonly maxOutput: number;
};

export type ExecOutcome =
  | {
      readonly kind: 'exited';
      readonly code: number;
      readonly stdout: string;
      readonly stderr: string;
      readonly truncated: boolean;
    }
  /** It was started and has not ended in time. It may go on running in the container: the protocol has no way to end it. */
  | { readonly kind: 'timedOut'; readonly stdout: string; readonly stderr: string };

/** Time as an argument. Milliseconds since the epoch; `sleep` resolves early (never rejects) when the signal fires. */
export type Clock = {
  now(): number;
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
};

export type LogFields = Readonly<Record<string, unknown>>;
/** Structured logging: messages are static strings, everything that varies is a field. winston fits. */
export type Log = {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  child(fields: LogFields): Log;
};

/** What a handler asks for when it is done: nothing, or to be called again after that many milliseconds. */
export type Outcome = { readonly requeueAfter?: number } | void;

export type WatchEvent<T extends KubeObject> =
  | { readonly type: 'added' | 'modified'; readonly object: T; readonly old?: T }
  | { readonly type: 'deleted'; readonly object: T };

/** A list kept current by a watch. Objects are as `project` left them: never mutate them. */
export type Cache<T extends KubeObject> = {
  readonly resource: Resource<T>;
  readonly selection: Selection;
  get(ref: Ref): T | undefined;
  list(): readonly T[];
  readonly synced: boolean;
  /** Resolves with the first complete list; rejects when the signal fires first. */
  whenSynced(signal: AbortSignal): Promise<void>;
  /** Why the last list or watch failed, while it keeps failing (a 403 names verb and resource). */
  readonly problem: Error | undefined;
};

export type HandlerContext<T extends KubeObject> = {
  readonly name: string;
  readonly namespace: string | undefined;
  /** The object as the cache has it now; `undefined` once it is gone. */
  readonly object: T | undefined;
  /** Writes through it are fenced by the lease and remembered by the own-write gate. */
  readonly client: Client;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** How many times in a row this handler has failed for this object. */
  readonly retry: number;
  event(event: EventInput): void;
};

/** An events.k8s.io/v1 Event about an object. `reason` is CamelCase; `note` at most 1 kB (it is cut). */
export type EventInput = {
  readonly regarding: KubeObject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
};

export type Handler<T extends KubeObject> = (context: HandlerContext<T>) => Promise<Outcome>;
