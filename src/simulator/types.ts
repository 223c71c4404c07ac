// The seam between the simulator's two halves: the API server (apiserver/: store, HTTP, watch, patches, faults) and the
// world behind it (world/: controllers, kubelets, kube-proxies). The world writes through `Store` as real controllers
// would through the API; the API server asks the world for logs and for streams to a pod's port.
import type { Duplex, Readable } from 'node:stream';
import type { Clock, KubeObject, Ref, Resource } from 'kopf-ts';

/** A stored object: plain JSON, deep-frozen. */
export type Stored = KubeObject & { readonly [field: string]: unknown };

export type StoreEvent = {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: Resource;
  readonly object: Stored;
  readonly old?: Stored;
};

/** In-process access with the API's own semantics: uid, resourceVersion, generation, finalizers, deletionTimestamp. */
export type Store = {
  get(resource: Resource, ref: Ref): Stored | undefined;
  list(resource: Resource, namespace?: string): readonly Stored[];
  create(resource: Resource, object: KubeObject): Stored;
  /** Reads, changes and writes in one go. Returns undefined when the object is gone; unchanged objects are not written. */
  update(resource: Resource, ref: Ref, change: (object: Stored) => KubeObject): Stored | undefined;
  /** As DELETE would: finalizers and grace periods turn it into a deletionTimestamp. `force` removes at once (the kubelet's last word). */
  remove(resource: Resource, ref: Ref, options?: { readonly uid?: string; readonly force?: boolean }): boolean;
  /** Called synchronously after each change, in order. Returns the unsubscribe function. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
  readonly clock: Clock;
};

/** One command in a container. */
export type ExecRequest = {
  readonly command: readonly string[];
  readonly container?: string;
  /** Ends where the client ends it; with v4 that is never. */
  readonly stdin: Readable;
  readonly stdout: (chunk: string | Buffer) => void;
  readonly stderr: (chunk: string | Buffer) => void;
  /** The client has hung up. */
  readonly signal: AbortSignal;
};

/** What the API server cannot answer from the store. Errors become the answers a real API server would give. */
export type NodeBackend = {
  /** Throws with the message kubelet would give when there is no such container or run. */
  log(
    pod: Ref,
    options: { readonly container?: string; readonly previous: boolean; readonly tailLines?: number },
  ): string;
  /** A stream to localhost:port in the pod's network namespace; rejects with kubelet's message (connection refused, …). */
  dial(pod: Ref, port: number): Promise<Duplex>;
  /** Resolves with the exit code; rejects with the container runtime's message when there is nothing to run. */
  exec(pod: Ref, request: ExecRequest): Promise<number>;
};

/** Well-known resources the world itself works with. */
const core = (plural: string, kind: string, namespaced: boolean): Resource => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
});
export const NODES = core('nodes', 'Node', false);
export const PODS = core('pods', 'Pod', true);
export const CONFIG_MAPS = core('configmaps', 'ConfigMap', true);
export const SERVICES = core('services', 'Service', true);
export const NAMESPACES = core('namespaces', 'Namespace', false);
export const DAEMON_SETS: Resource = {
  group: 'apps',
  version: 'v1',
  plural: 'daemonsets',
  kind: 'DaemonSet',
  namespaced: true,
};
export const CONTROLLER_REVISIONS: Resource = {
  group: 'apps',
  version: 'v1',
  plural: 'controllerrevisions',
  kind: 'ControllerRevision',
  namespaced: true,
};
export const LEASES: Resource = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
};
export const EVENTS: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};
