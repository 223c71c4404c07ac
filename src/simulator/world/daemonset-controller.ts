// The DaemonSet controller: one pod per wanted node, a new one when the old is gone, a rollout when the template changes
// (not with OnDelete), and the status numbers. Driven by events; what is dirty is worked off together a moment later.
import type { KubeObject } from 'kopf-ts';
import { CONTROLLER_REVISIONS, DAEMON_SETS, NODES, PODS, type Store, type StoreEvent } from '../types.ts';
import { createIndex, isLiving, isUpdated, notePod, statusOf, tally, type DaemonSetIndex } from './daemonset-index.ts';
import {
  HASH_LABEL,
  maxUnavailable,
  ownerReference,
  podFor,
  podName,
  templateHash,
  wantsNode,
} from './daemonset-pods.ts';
import { isReady, refOf, type DaemonSet } from './pod-objects.ts';

export type DaemonSetControllerHost = {
  readonly store: Store;
  readonly random: () => number;
  /** Milliseconds between an event and the controller acting on it. */
  readonly delay: () => number;
  readonly closing: AbortSignal;
  /** Keeps hold of a piece of work, so that its failure is not lost. */
  readonly track: (work: Promise<void>) => void;
};

export class DaemonSetController {
  readonly #host: DaemonSetControllerHost;
  readonly #sets = new Map<string, DaemonSetIndex>();
  readonly #dirtyNodes = new Map<string, Set<string>>();
  #draining = false;

  constructor(host: DaemonSetControllerHost) {
    this.#host = host;
  }

  observe(event: StoreEvent): void {
    switch (event.resource.plural) {
      case DAEMON_SETS.plural:
        return this.#observeDaemonSet(event);
      case NODES.plural:
        return this.#observeNode(event);
      case PODS.plural:
        return this.#observePod(event);
      default:
    }
  }

  #observeDaemonSet({ type, object, old }: StoreEvent): void {
    const uid = object.metadata.uid ?? '';
    if (type === 'DELETED') {
      this.#sets.delete(uid);
      this.#dirtyNodes.delete(uid);
      return;
    }
    if (old !== undefined && old.metadata.generation === object.metadata.generation) return;
    const daemonSet = object as unknown as DaemonSet;
    const hash = templateHash(daemonSet.spec.template);
    const index = this.#sets.get(uid) ?? createIndex(daemonSet, hash);
    Object.assign(index, { daemonSet, hash });
    this.#sets.set(uid, index);
    for (const node of this.#host.store.list(NODES)) this.#markDirty(uid, node.metadata.name);
    for (const node of index.pods.keys()) this.#markDirty(uid, node);
    if (index.eligible.size === 0) this.#markDirty(uid);
  }

  #observeNode({ type, object, old }: StoreEvent): void {
    if (type === 'MODIFIED' && old?.metadata.labels === object.metadata.labels) return;
    for (const uid of this.#sets.keys()) this.#markDirty(uid, object.metadata.name);
  }

  #observePod({ type, object }: StoreEvent): void {
    const uid = object.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid ?? '';
    const index = this.#sets.get(uid);
    if (index === undefined) return;
    const node = notePod(index, object, type === 'DELETED');
    if (type === 'DELETED') this.#markDirty(uid, node);
    else this.#markDirty(uid);
  }

  #markDirty(uid: string, node?: string): void {
    const nodes = this.#dirtyNodes.get(uid) ?? new Set();
    if (node !== undefined) nodes.add(node);
    this.#dirtyNodes.set(uid, nodes);
    if (this.#draining) return;
    this.#draining = true;
    this.#host.track(this.#drain());
  }

  async #drain(): Promise<void> {
    try {
      while (this.#dirtyNodes.size > 0) {
        await this.#host.store.clock.sleep(this.#host.delay(), this.#host.closing);
        if (this.#host.closing.aborted) return;
        this.flush();
      }
    } finally {
      this.#draining = false;
    }
  }

  /** Acts on everything seen so far, without delay: the simulation starts with a controller that is up to date. */
  flush(): void {
    const dirty = [...this.#dirtyNodes];
    this.#dirtyNodes.clear();
    for (const [uid, nodes] of dirty) this.#reconcile(uid, nodes);
  }

  #reconcile(uid: string, nodes: ReadonlySet<string>): void {
    const index = this.#sets.get(uid);
    if (index === undefined || index.daemonSet.metadata.deletionTimestamp !== undefined) return;
    this.#recordRevision(index);
    for (const node of nodes) this.#reconcileNode(index, node);
    this.#roll(index);
    const status = statusOf(index);
    this.#host.store.update(DAEMON_SETS, refOf(index.daemonSet), (stored) =>
      stored.metadata.uid === uid ? { ...stored, status } : stored,
    );
  }

  #reconcileNode(index: DaemonSetIndex, name: string): void {
    const node = this.#host.store.get(NODES, { name });
    const wanted = node !== undefined && wantsNode(index.daemonSet, node);
    if (wanted) index.eligible.add(name);
    else index.eligible.delete(name);
    tally(index, name);
    // Pods of a node that is gone are pod garbage collection's business.
    if (node === undefined) return;
    const pods = [...(index.pods.get(name)?.values() ?? [])];
    const [, ...surplus] = pods.filter(isLiving);
    for (const pod of wanted ? surplus : pods.filter(isLiving)) this.#deletePod(pod);
    // Not before the old one is gone: maxSurge is 0 wherever kube-proxy is a DaemonSet.
    if (wanted && pods.length === 0) this.#createPod(index, name);
  }

  #createPod(index: DaemonSetIndex, node: string): void {
    const { namespace = '', name: owner } = index.daemonSet.metadata;
    const isTaken = (candidate: string): boolean =>
      this.#host.store.get(PODS, { namespace, name: candidate }) !== undefined;
    const name = podName(owner, this.#host.random, isTaken);
    this.#host.store.create(PODS, podFor(index.daemonSet, index.hash, { node, name }));
  }

  /** Outdated pods that do not run anyway go first and at once; of the others as many as maxUnavailable leaves. */
  #roll(index: DaemonSetIndex): void {
    if (index.daemonSet.spec.updateStrategy?.type === 'OnDelete' || index.sums.updated === index.eligible.size) return;
    const living = [...index.eligible].flatMap(
      (node) => [...(index.pods.get(node)?.values() ?? [])].find(isLiving) ?? [],
    );
    const outdated = living.filter((pod) => !isUpdated(index, pod));
    const serving = outdated.filter(isReady);
    const budget = maxUnavailable(index.daemonSet, index.eligible.size) - (index.eligible.size - index.sums.ready);
    for (const pod of outdated.filter((candidate) => !isReady(candidate))) this.#deletePod(pod);
    for (const pod of serving.slice(0, Math.max(0, budget))) this.#deletePod(pod);
  }

  #deletePod(pod: KubeObject): void {
    const { uid } = pod.metadata;
    this.#host.store.remove(PODS, refOf(pod), uid === undefined ? {} : { uid });
  }

  #recordRevision(index: DaemonSetIndex): void {
    const { namespace = '', name } = index.daemonSet.metadata;
    const ref = { namespace, name: `${name}-${index.hash}` };
    if (this.#host.store.get(CONTROLLER_REVISIONS, ref) !== undefined) return;
    const revisions = this.#host.store.list(CONTROLLER_REVISIONS, namespace) as readonly {
      readonly revision?: number;
    }[];
    const revision = 1 + revisions.reduce((newest, one) => Math.max(newest, one.revision ?? 0), 0);
    const { template } = index.daemonSet.spec;
    const labels = { ...template.metadata?.labels, [HASH_LABEL]: index.hash };
    const object = {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: { ...ref, labels, ownerReferences: [ownerReference(index.daemonSet)] },
      data: { spec: { template } },
      revision,
    };
    this.#host.store.create(CONTROLLER_REVISIONS, object);
  }
}
