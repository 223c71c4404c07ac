// DELETE, made harmless to repeat: a missing object, or another one under the same name, is an expected outcome; and of all
// objects with certain labels.
import { ApiError } from '../errors.ts';
import { resourceName } from '../resource-key.ts';
import type { KubeObject, Ref, Resource, WriteOptions } from '../types.ts';
import { parseBody } from './api-status.ts';
import { collectionPath, describePlace, on, selectorQuery } from './paths.ts';
import type { RequestSpec } from './request.ts';
import type { Requester } from './retry.ts';

export type DeleteSettings = WriteOptions & {
  readonly uid?: string;
  readonly gracePeriodSeconds?: number;
};

export async function deleteObject(
  requester: Requester,
  resource: Resource,
  ref: Ref,
  settings: DeleteSettings,
): Promise<'deleted' | 'gone'> {
  const spec: RequestSpec = {
    ...on(resource, ref),
    verb: 'delete',
    method: 'DELETE',
    body: deleteOptions(settings),
    // With a uid the second request cannot hit an object that was created in between.
    repeat: settings.uid === undefined ? 'refused' : 'always',
    signal: settings.signal,
    guard: settings.guard,
  };
  try {
    const reply = await requester.request(spec, [404]);
    return reply.status === 404 ? 'gone' : 'deleted';
  } catch (error) {
    const conflict = error instanceof ApiError && error.status === 409 && settings.uid !== undefined;
    if (conflict && (await isReplaced(requester, resource, ref, settings))) return 'gone';
    throw error;
  }
}

export type CollectionSelection = { readonly namespace?: string; readonly labelSelector: string };

/** Real milliseconds: the API server deletes one object after the other before it answers. */
const COLLECTION_TIMEOUT = 60_000;

export async function deleteCollection(
  requester: Requester,
  resource: Resource,
  selection: CollectionSelection,
  settings: Omit<DeleteSettings, 'uid'>,
): Promise<void> {
  if (selection.labelSelector.trim() === '')
    throw new Error('an empty selector would delete everything: nothing was sent');
  await requester.request({
    verb: 'deletecollection',
    resource: resourceName(resource),
    place: describePlace(resource, selection.namespace === undefined ? {} : { namespace: selection.namespace }),
    path: collectionPath(resource, selection.namespace),
    method: 'DELETE',
    query: selectorQuery(selection),
    body: deleteOptions(settings),
    repeat: 'always',
    timeout: COLLECTION_TIMEOUT,
    // The answer lists what was deleted, however much that is. Nobody asks for it.
    mayCut: true,
    signal: settings.signal,
    guard: settings.guard,
  });
}

/** A 409 has several causes (finalizers, a racing update); only a look tells whether the uid was the reason. */
async function isReplaced(
  requester: Requester,
  resource: Resource,
  ref: Ref,
  settings: DeleteSettings,
): Promise<boolean> {
  const look: RequestSpec = {
    ...on(resource, ref),
    verb: 'get',
    method: 'GET',
    repeat: 'always',
    signal: settings.signal,
  };
  const reply = await requester.request(look, [404]);
  return reply.status === 404 || parseBody<KubeObject>(look, reply).metadata.uid !== settings.uid;
}

function deleteOptions(settings: DeleteSettings): unknown {
  return {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    ...(settings.uid === undefined ? {} : { preconditions: { uid: settings.uid } }),
    ...(settings.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: settings.gracePeriodSeconds }),
  };
}
