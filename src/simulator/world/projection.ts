// What a ConfigMap volume shows inside a running pod: the kubelet refreshes it in its own rhythm, so for up to a minute
// after an edit the file is still the old one; a new pod reads the fresh ConfigMap (observed 50 times out of 50).
// No timer runs for it: the past of each ConfigMap is kept and the question is answered when a container starts.
import type { Ref } from 'kopf-ts';
import type { ConfigMap } from './pod-objects.ts';

type Data = Readonly<Record<string, string>>;
type Edition = { readonly at: number; readonly data: Data | undefined };

export type ConfigMapHistory = {
  /** Remembers what a ConfigMap became; undefined when it was deleted. */
  record(ref: Ref, configMap: ConfigMap | undefined, at: number): void;
  /** Its data as of that moment; undefined while it did not exist. */
  asOf(ref: Ref, at: number): Data | undefined;
};

/** Editions that were replaced longer ago than `memory` milliseconds can no longer be seen by anybody. */
export function createConfigMapHistory(memory: number): ConfigMapHistory {
  const editions = new Map<string, Edition[]>();
  const keyOf = (ref: Ref): string => `${ref.namespace ?? ''}/${ref.name}`;
  return {
    record(ref, configMap, at) {
      const known = editions.get(keyOf(ref)) ?? [];
      const firstNeeded = known.findLastIndex((edition) => edition.at <= at - memory);
      editions.set(keyOf(ref), [
        ...known.slice(Math.max(0, firstNeeded)),
        { at, data: configMap && (configMap.data ?? {}) },
      ]);
    },
    asOf: (ref, at) => editions.get(keyOf(ref))?.findLast((edition) => edition.at <= at)?.data,
  };
}

/**
 * The last time the kubelet refreshed a pod's volumes: every `period` milliseconds since its own `phase`, and in any
 * case when the volumes were mounted or the kubelet itself was started (`mountedAt`, the later of both).
 */
export function refreshedAt(
  now: number,
  rhythm: { readonly period: number; readonly phase: number; readonly mountedAt: number },
): number {
  const tick = rhythm.phase + Math.floor((now - rhythm.phase) / rhythm.period) * rhythm.period;
  return Math.max(tick, rhythm.mountedAt);
}
