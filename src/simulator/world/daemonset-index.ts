// What the DaemonSet controller knows of one DaemonSet: its pods by node, and its status numbers kept current pod by pod,
// so that no event costs more because the cluster is large.
import type { KubeObject } from 'kopf-ts';
import { HASH_LABEL } from './daemonset-pods.ts';
import { isReady, nodeNameOf, type DaemonSet } from './pod-objects.ts';

export type DaemonSetIndex = {
  daemonSet: DaemonSet;
  hash: string;
  readonly eligible: Set<string>;
  readonly pods: Map<string, Map<string, KubeObject>>;
  readonly tallies: Map<string, Tally>;
  readonly sums: { scheduled: number; misscheduled: number; ready: number; updated: number };
};

type Tally = {
  readonly scheduled: number;
  readonly misscheduled: number;
  readonly ready: number;
  readonly updated: number;
};
const NOTHING: Tally = { scheduled: 0, misscheduled: 0, ready: 0, updated: 0 };

export function createIndex(daemonSet: DaemonSet, hash: string): DaemonSetIndex {
  return { daemonSet, hash, eligible: new Set(), pods: new Map(), tallies: new Map(), sums: { ...NOTHING } };
}

/** Notes a pod as it is now, or that it is gone. */
export function notePod(index: DaemonSetIndex, pod: KubeObject, gone: boolean): string {
  const node = nodeNameOf(pod) ?? '';
  const pods = index.pods.get(node) ?? new Map<string, KubeObject>();
  if (gone) pods.delete(pod.metadata.name);
  else pods.set(pod.metadata.name, pod);
  if (pods.size === 0) index.pods.delete(node);
  else index.pods.set(node, pods);
  tally(index, node);
  return node;
}

/** Counts a node anew after anything about it changed. */
export function tally(index: DaemonSetIndex, node: string): void {
  const before = index.tallies.get(node) ?? NOTHING;
  const after = tallyOf(index, node);
  for (const key of ['scheduled', 'misscheduled', 'ready', 'updated'] as const)
    index.sums[key] += after[key] - before[key];
  if (after === NOTHING) index.tallies.delete(node);
  else index.tallies.set(node, after);
}

function tallyOf(index: DaemonSetIndex, node: string): Tally {
  const pods = [...(index.pods.get(node)?.values() ?? [])];
  if (pods.length === 0) return NOTHING;
  if (!index.eligible.has(node)) return { ...NOTHING, misscheduled: 1 };
  const living = pods.find(isLiving);
  return {
    scheduled: 1,
    misscheduled: 0,
    ready: living !== undefined && isReady(living) ? 1 : 0,
    updated: living !== undefined && isUpdated(index, living) ? 1 : 0,
  };
}

export function isLiving(pod: KubeObject): boolean {
  return pod.metadata.deletionTimestamp === undefined;
}

export function isUpdated(index: DaemonSetIndex, pod: KubeObject): boolean {
  return pod.metadata.labels?.[HASH_LABEL] === index.hash;
}

/** `status` of the DaemonSet. minReadySeconds is taken as 0: ready is available. */
export function statusOf(index: DaemonSetIndex): Readonly<Record<string, number>> {
  const { scheduled, misscheduled, ready, updated } = index.sums;
  const desired = index.eligible.size;
  return {
    currentNumberScheduled: scheduled,
    desiredNumberScheduled: desired,
    numberMisscheduled: misscheduled,
    numberReady: ready,
    numberAvailable: ready,
    updatedNumberScheduled: updated,
    observedGeneration: index.daemonSet.metadata.generation ?? 1,
    ...(desired > ready ? { numberUnavailable: desired - ready } : {}),
  };
}
