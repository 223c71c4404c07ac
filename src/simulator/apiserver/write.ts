// POST and PUT, and the road every write takes once it is known what object the client wants: checks, admission,
// managedFields, store.
import type { KubeObject } from 'kopf-ts';
import { NAMESPACES, type Stored } from '../types.ts';
import { complete, forCreate, forUpdate, prune, refuseUnknown } from './admission.ts';
import { withoutManagedFields } from './apply.ts';
import { contentType, parseObject, readBody } from './body.ts';
import { type Answer, json, refTo, type ResourceCall } from './call.ts';
import type { JsonObject } from './json.ts';
import { ownersOf, trackUpdate, withOwners } from './managed-fields.ts';
import { metadataOf } from './metadata.ts';
import {
  checkFinalizers,
  checkIdentity,
  checkNew,
  checkPlace,
  checkType,
  checkUid,
  checkUnconditional,
  checkVersion,
} from './object-checks.ts';
import { notFound } from './status-errors.ts';
import { writeOptions, writerOf } from './write-options.ts';

export async function createObject(call: ResourceCall): Promise<Answer> {
  const body = parseObject(await readBody(call.request), contentType(call.request), call.served.resource.kind);
  checkType(body, call.served);
  checkNew(body, call.served.resource);
  return create(call, body, (object) => withOwnership(call, undefined, object));
}

/** `owned` gives the admitted object its managedFields. */
export function create(call: ResourceCall, body: JsonObject, owned: (object: JsonObject) => JsonObject): Answer {
  const { served, namespace, server } = call;
  const options = writeOptions(call);
  checkPlace(body, served.resource, namespace);
  if (namespace !== undefined && server.store.get(NAMESPACES, { name: namespace }) === undefined) {
    throw notFound(NAMESPACES, namespace);
  }
  const { object, unknown } = prune(body, served);
  const warnings = refuseUnknown(unknown, served, options.fieldValidation);
  const admitted = owned(complete(forCreate(object, served), served));
  const placed = { ...admitted, metadata: { ...metadataOf(admitted), namespace } };
  return json(server.store.create(served.resource, placed as unknown as KubeObject, options), 201, warnings);
}

export async function replaceObject(call: ResourceCall, name: string): Promise<Answer> {
  const body = parseObject(await readBody(call.request), contentType(call.request), call.served.resource.kind);
  checkType(body, call.served);
  return change(call, name, (live) => {
    checkIdentity(body, refTo(call, name));
    checkUid(body, live, call.served);
    checkUnconditional(body, call.served);
    const { object, unknown } = prune(body, call.served);
    return { object, warnings: refuseUnknown(unknown, call.served, writeOptions(call).fieldValidation) };
  });
}

type Wish = { readonly object: JsonObject; readonly warnings: readonly string[] };

/** Reads, changes and writes the object; `wish` is what the client wants it to be. */
export function change(call: ResourceCall, name: string, wish: (live: Stored) => Wish): Answer {
  const { served, server } = call;
  let warnings: readonly string[] = [];
  const edit = (live: Stored): KubeObject => {
    const wanted = wish(live);
    warnings = wanted.warnings;
    checkVersion(wanted.object, live, served.resource);
    const next = complete(forUpdate(wanted.object, live, call), served);
    checkFinalizers(next, live, served.resource);
    return withOwnership(call, live, next) as unknown as KubeObject;
  };
  const written = server.store.update(served.resource, refTo(call, name), edit, writeOptions(call));
  if (written === undefined) throw notFound(served.resource, name);
  return json(written, 200, warnings);
}

/**
 * The object with its managedFields brought up to date. An object that has none (the simulator's own world writes without)
 * gets none, and a client that empties the list resets it: so does apimachinery's fieldmanager.
 */
function withOwnership(call: ResourceCall, live: Stored | undefined, wanted: JsonObject): JsonObject {
  const next = withoutManagedFields(wanted);
  if (live !== undefined && live.metadata.managedFields === undefined) return next;
  const sent = metadataOf(wanted)['managedFields'];
  const owners = live === undefined || (Array.isArray(sent) && sent.length === 0) ? new Map() : ownersOf(live);
  const objects = { live: live === undefined ? undefined : withoutManagedFields(live), next };
  return withOwners(next, trackUpdate(owners, objects, writerOf(call, 'Update'), call.served.schema));
}
