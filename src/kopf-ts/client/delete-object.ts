// DELETE, made harmless to repeat: a missing object, or another one under the same name, is an expected outcome.
import { ApiError } from '../errors.ts';
import type { KubeObject, Ref, Resource, WriteOptions } from '../types.ts';
import { parseBody } from './api-status.ts';
import { on } from './paths.ts';
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
