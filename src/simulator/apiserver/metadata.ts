// What the API server does to `metadata` (and `generation`) on create, update and delete. Pure: objects in, objects out;
// the store commits. Follows k8s.io/apiserver pkg/registry/rest (create.go, update.go, delete.go).
import type { KubeObject, Resource } from 'kopf-ts';
import type { Stored } from '../types.ts';
import { builtinOf } from './builtins.ts';
import { at, isEmptyObject, isObject, shareWith, without } from './json.ts';
import { generateName, newUid, type Random, timestamp } from './names.ts';
import { conflict, StatusError } from './status-errors.ts';

export type Propagation = 'Background' | 'Foreground' | 'Orphan';

export type DeleteOptions = {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly gracePeriodSeconds?: number;
  readonly propagation?: Propagation;
  readonly dryRun?: boolean;
};

/** Removed by the garbage collector once the dependents are gone, or orphaned. */
export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/** The core group's pods have a kubelet that ends them gracefully; nothing else here has. */
function hasGracePeriod(resource: Resource): boolean {
  return resource.group === '' && resource.plural === 'pods';
}

/** ConfigMaps, Nodes and their like never get a generation; custom resources always do. */
function countsGenerations(resource: Resource): boolean {
  return builtinOf(resource)?.generation ?? true;
}

export function created(resource: Resource, object: KubeObject, made: { now: number; random: Random }): Stored {
  const { generateName: prefix, ...given } = object.metadata as KubeObject['metadata'] & { generateName?: string };
  const name =
    given.name ?? (typeof prefix === 'string' && prefix !== '' ? generateName(prefix, made.random) : undefined);
  if (name === undefined || name === '') throw new StatusError(422, 'Invalid', 'name or generateName is required');
  const metadata = {
    ...without(given, 'selfLink', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation'),
    name,
    ...(prefix === undefined ? {} : { generateName: prefix }),
    ...(resource.namespaced ? { namespace: given.namespace ?? 'default' } : { namespace: undefined }),
    uid: newUid(made.random),
    ...(countsGenerations(resource) ? { generation: 1 } : {}),
    creationTimestamp: timestamp(made.now),
  };
  return { ...typed(resource, object), metadata: tidy(metadata) } as unknown as Stored;
}

/** The API leaves empty lists and maps of metadata out. */
function tidy(metadata: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const empty = ['labels', 'annotations', 'finalizers', 'ownerReferences', 'managedFields'].filter((key) =>
    isEmpty(metadata[key]),
  );
  return empty.length === 0 ? metadata : without(metadata, ...empty);
}

function isEmpty(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0) || isEmptyObject(value);
}

function typed(resource: Resource, object: KubeObject): KubeObject {
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  return { ...object, apiVersion: object.apiVersion ?? apiVersion, kind: object.kind ?? resource.kind };
}

/** Fields of metadata only the API server sets: whatever a writer says, they stay. */
const KEPT = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
];

/** Returns `live` itself when nothing changed. The resourceVersion is still the old one. */
export function updated(resource: Resource, live: Stored, wanted: KubeObject): Stored {
  const kept = Object.fromEntries(KEPT.map((key) => [key, at(live, 'metadata', key)]));
  const metadata = tidy({ ...wanted.metadata, ...kept, resourceVersion: live.metadata.resourceVersion });
  const next = shareWith(live, { ...typed(resource, wanted), metadata }) as Stored;
  if (next === live || !countsGenerations(resource) || !changesContent(live, next)) return next;
  const generation = (live.metadata.generation ?? 0) + 1;
  return { ...next, metadata: { ...next.metadata, generation } };
}

function changesContent(live: Stored, next: Stored): boolean {
  const keys = new Set([...Object.keys(live), ...Object.keys(next)]);
  keys.delete('metadata');
  keys.delete('status');
  return [...keys].some((key) => live[key] !== next[key]);
}

/** Marked for deletion, no finalizer left, and no kubelet to wait for: the next thing is that it goes. */
export function isFinished(object: Stored): boolean {
  const { deletionTimestamp, finalizers } = object.metadata;
  if (deletionTimestamp === undefined || (finalizers?.length ?? 0) > 0) return false;
  return (graceOf(object) ?? 0) === 0;
}

function graceOf(object: Stored): number | undefined {
  const grace = at(object, 'metadata', 'deletionGracePeriodSeconds');
  return typeof grace === 'number' ? grace : undefined;
}

/** What a DELETE makes of the object: gone at once, or marked for deletion. */
export function deletionStep(resource: Resource, live: Stored, options: DeleteOptions, now: number): DeletionStep {
  checkPreconditions(resource, live, options);
  const finalizers = finalizersFor(live, options.propagation);
  const graceful = hasGracePeriod(resource);
  const grace = graceful ? podGrace(live, options.gracePeriodSeconds) : 0;
  const gone = finalizers.length === 0 && grace === 0;
  return { gone, object: gone && !graceful ? live : marked(live, { finalizers, grace, now }) };
}

export type DeletionStep = { readonly gone: boolean; readonly object: Stored };

function checkPreconditions(resource: Resource, live: Stored, options: DeleteOptions): void {
  const { uid, resourceVersion, name } = live.metadata;
  if (options.uid !== undefined && options.uid !== uid) {
    const why = `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`;
    throw conflict(resource, name, why, resource.kind);
  }
  if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
    const why = `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`;
    throw conflict(resource, name, why, resource.kind);
  }
}

function finalizersFor(live: Stored, propagation: Propagation | undefined): readonly string[] {
  const present = live.metadata.finalizers ?? [];
  if (propagation === undefined) return present;
  const others = present.filter((finalizer) => finalizer !== FOREGROUND && finalizer !== ORPHAN);
  if (propagation === 'Background') return others;
  return [...others, propagation === 'Foreground' ? FOREGROUND : ORPHAN];
}

/** Pods that never ran, or ended already, go at once: pkg/registry/core/pod/strategy.go, CheckGracefulDelete. */
function podGrace(pod: Stored, asked: number | undefined): number {
  const phase = at(pod, 'status', 'phase');
  if (at(pod, 'spec', 'nodeName') === undefined || phase === 'Failed' || phase === 'Succeeded') return 0;
  const declared = at(pod, 'spec', 'terminationGracePeriodSeconds');
  const period = asked ?? (typeof declared === 'number' ? declared : 30);
  return period < 0 ? 1 : period;
}

/** A second delete can only shorten the grace period. */
function marked(live: Stored, mark: { finalizers: readonly string[]; grace: number; now: number }): Stored {
  const { deletionTimestamp: before, generation } = live.metadata;
  const grace = Math.min(mark.grace, before === undefined ? Infinity : (graceOf(live) ?? Infinity));
  const unchanged = before !== undefined && grace === graceOf(live);
  const metadata = {
    ...live.metadata,
    deletionTimestamp: unchanged ? before : timestamp(deadline(live, grace, mark.now)),
    deletionGracePeriodSeconds: grace,
    ...(before === undefined && generation !== undefined ? { generation: generation + 1 } : {}),
    finalizers: mark.finalizers.length > 0 ? mark.finalizers : undefined,
  };
  return shareWith(live, { ...live, metadata }) as Stored;
}

/** From the first delete on, however often it is asked again; never in the past. */
function deadline(live: Stored, grace: number, now: number): number {
  const before = live.metadata.deletionTimestamp;
  if (before === undefined) return now + grace * 1000;
  return Math.max(now, Date.parse(before) - (graceOf(live) ?? 0) * 1000 + grace * 1000);
}

/** Metadata of anything, whatever a client sent. */
export function metadataOf(object: unknown): Readonly<Record<string, unknown>> {
  const metadata = at(object, 'metadata');
  return isObject(metadata) ? metadata : {};
}
