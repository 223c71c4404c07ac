// Holding an object's deletion up, and letting it go. Both are idempotent, conditional on the version they were decided
// on, and take an object that has gone meanwhile for granted.
import { ApiError } from '../errors.ts';
import { refOf } from '../resource-key.ts';
import type { Client, KubeObject, Resource } from '../types.ts';

/** Races with other writers of `metadata.finalizers` are rare; losing so many in a row is somebody fighting us. */
const MOST_TRIES = 5;

/**
 * Adds the finalizer. Returns the object as the server has it then; `undefined` when it (this uid) is gone, or is already
 * being deleted: the API server accepts no new finalizers then.
 */
export async function ensureFinalizer<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  object: T,
  name: string,
): Promise<T | undefined> {
  return changeFinalizers(client, resource, object, (current) => {
    const { finalizers = [], deletionTimestamp } = current.metadata;
    if (finalizers.includes(name)) return 'as it should be';
    return deletionTimestamp === undefined ? [...finalizers, name] : 'too late';
  });
}

/** Removes the finalizer; with the last one the API server removes a deleted object. */
export async function releaseFinalizer<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  object: T,
  name: string,
): Promise<void> {
  await changeFinalizers(client, resource, object, (current) => {
    const { finalizers = [] } = current.metadata;
    return finalizers.includes(name) ? finalizers.filter((entry) => entry !== name) : 'as it should be';
  });
}

async function changeFinalizers<T extends KubeObject>(
  client: Client,
  resource: Resource<T>,
  object: T,
  decide: (current: T) => readonly string[] | 'as it should be' | 'too late',
): Promise<T | undefined> {
  if (object.metadata.finalizers !== undefined && decide(object) === 'as it should be') return object;
  for (let tries = 1; ; tries++) {
    // Always from a fresh read: the caller's object may be a projection, and a list of finalizers written from one would
    // wipe out other controllers' finalizers.
    const current: T | undefined = await client.get(resource, refOf(object));
    if (current === undefined || current.metadata.uid !== object.metadata.uid) return undefined;
    const finalizers = decide(current);
    if (finalizers === 'as it should be') return current;
    if (finalizers === 'too late') return undefined;
    const { uid, resourceVersion } = current.metadata;
    try {
      return await client.mergePatch(resource, refOf(current), { metadata: { uid, resourceVersion, finalizers } });
    } catch (error) {
      if (!isRace(error) || tries >= MOST_TRIES) throw error;
    }
  }
}

/** Conflict: a newer version. Not found: gone. Invalid: the uid in the patch is not the one of the object there now. */
function isRace(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 409 || error.status === 404 || error.status === 422);
}
