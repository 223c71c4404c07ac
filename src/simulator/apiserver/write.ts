// POST, PUT and PATCH: from the client's body to the stored object. Each finds out what object the client wants, then takes
// the same road: checks, admission, managedFields, store.
import type { KubeObject } from 'kopf-ts';
import type { Stored } from '../types.ts';
import { complete, type FieldValidation, forApply, forCreate, forUpdate, prune } from './admission.ts';
import { serverSideApply, withoutManagedFields } from './apply.ts';
import { contentType, parseJson, parseObject, readBody } from './body.ts';
import { type Answer, json, refTo, type ResourceCall } from './call.ts';
import { isObject, type JsonObject, own, text } from './json.ts';
import { ownersOf, trackUpdate, withOwners, type Writer } from './managed-fields.ts';
import { metadataOf } from './metadata.ts';
import {
  checkFinalizers,
  checkIdentity,
  checkNew,
  checkPreconditions,
  checkType,
  checkUnconditional,
} from './object-checks.ts';
import { jsonPatch } from './patch-json.ts';
import { mergePatch } from './patch-merge.ts';
import { strategicMergePatch } from './patch-strategic.ts';
import { isTrue } from './request-info.ts';
import { apiVersionOf } from './served.ts';
import { badRequest, conflict, invalid, notFound, StatusError, unsupportedMediaType } from './status-errors.ts';
import { NAMESPACES } from '../types.ts';

/** What the query string says about a write. */
type WriteOptions = {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  readonly fieldManager: string | undefined;
  readonly force: boolean;
};

function writeOptions({ info: { query } }: ResourceCall): WriteOptions {
  const validation = query.get('fieldValidation');
  return {
    dryRun: query.getAll('dryRun').includes('All'),
    fieldValidation: validation === 'Strict' || validation === 'Ignore' ? validation : 'Warn',
    fieldManager: query.get('fieldManager') ?? undefined,
    force: isTrue(query.get('force')),
  };
}

function writerOf(call: ResourceCall, operation: Writer['operation']): Writer {
  const { served, subresource, logged, server } = call;
  // Without a fieldManager the program's name counts: what the User-Agent has before the first slash.
  const manager = writeOptions(call).fieldManager ?? logged.userAgent.split('/')[0] ?? 'unknown';
  return { manager, operation, subresource, apiVersion: apiVersionOf(served.resource), now: server.store.clock.now() };
}

export async function createObject(call: ResourceCall): Promise<Answer> {
  const body = parseObject(await readBody(call.request), contentType(call.request));
  checkType(body, call.served);
  return create(call, body, (object) => withOwnership(call, undefined, object));
}

function create(call: ResourceCall, body: JsonObject, owned: (object: JsonObject) => JsonObject): Answer {
  const { served, namespace, server } = call;
  const options = writeOptions(call);
  checkNew(body, served.resource, namespace);
  if (namespace !== undefined && server.store.get(NAMESPACES, { name: namespace }) === undefined)
    throw notFound(NAMESPACES, namespace);
  const { object, warnings } = prune(body, served, options.fieldValidation);
  const admitted = owned(complete(forCreate(object, served), served));
  const placed = { ...admitted, metadata: { ...metadataOf(admitted), namespace } };
  return json(server.store.create(served.resource, placed as unknown as KubeObject, options), 201, warnings);
}

export async function replaceObject(call: ResourceCall, name: string): Promise<Answer> {
  const body = parseObject(await readBody(call.request), contentType(call.request));
  checkType(body, call.served);
  checkIdentity(body, refTo(call, name));
  checkUnconditional(body, call.served);
  return change(call, name, () => body);
}

/** Reads, changes and writes the object; `wish` is what the client wants it to be. */
function change(call: ResourceCall, name: string, wish: (live: Stored) => JsonObject): Answer {
  const { served, server } = call;
  const options = writeOptions(call);
  let warnings: readonly string[] = [];
  const written = server.store.update(
    served.resource,
    refTo(call, name),
    (live) => {
      const wanted = wish(live);
      checkIdentity(wanted, refTo(call, name));
      checkPreconditions(wanted, live, served.resource);
      const pruned = prune(wanted, served, options.fieldValidation);
      warnings = pruned.warnings;
      const next = complete(forUpdate(pruned.object, live, call), served);
      checkFinalizers(next, live, served.resource);
      return withOwnership(call, live, next) as unknown as KubeObject;
    },
    options,
  );
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

const MERGE = 'application/merge-patch+json';
const JSON_PATCH = 'application/json-patch+json';
const STRATEGIC = 'application/strategic-merge-patch+json';
const APPLY = 'application/apply-patch+yaml';

export async function patchObject(call: ResourceCall, name: string): Promise<Answer> {
  const type = contentType(call.request);
  const body = await readBody(call.request);
  if (type === APPLY) return applyObject(call, name, parseObject(body, type));
  const patch = parseJson(body);
  return change(call, name, (live) => patched(call, { type, patch }, live));
}

function patched(call: ResourceCall, { type, patch }: { type: string; patch: unknown }, live: Stored): JsonObject {
  const result = applyPatch(call, { type, patch }, live);
  if (!isObject(result) || !isObject(own(result, 'metadata'))) throw badRequest('the patch leaves no object');
  return result;
}

function applyPatch(
  { served }: ResourceCall,
  { type, patch }: { type: string; patch: unknown },
  live: Stored,
): unknown {
  switch (type) {
    case MERGE:
      return mergePatch(live, patch);
    case JSON_PATCH:
      return jsonPatch(live, patch);
    case STRATEGIC:
      if (!served.custom) return strategicMergePatch(live, patch, served.schema);
      throw unsupportedMediaType([JSON_PATCH, MERGE, APPLY]);
    default:
      throw unsupportedMediaType([JSON_PATCH, MERGE, STRATEGIC, APPLY]);
  }
}

function applyObject(call: ResourceCall, name: string, config: JsonObject): Answer {
  const { served, subresource, server } = call;
  const options = writeOptions(call);
  checkApply(call, name, config);
  const { object, warnings } = prune(forApply(config, served, subresource), served, options.fieldValidation);
  const applied = (live: Stored | undefined) =>
    serverSideApply({
      live,
      config: object,
      writer: writerOf(call, 'Apply'),
      force: options.force,
      schema: served.schema,
    });
  const written = server.store.update(
    served.resource,
    refTo(call, name),
    (live) => {
      checkPreconditions(object, live, served.resource);
      const next = complete(applied(live), served);
      checkFinalizers(next, live, served.resource);
      return next as unknown as KubeObject;
    },
    options,
  );
  return written === undefined ? applyNew(call, name, { object, applied }) : json(written, 200, warnings);
}

function applyNew(
  call: ResourceCall,
  name: string,
  { object, applied }: { object: JsonObject; applied: (live: undefined) => JsonObject },
): Answer {
  const { resource } = call.served;
  if (call.subresource !== undefined) throw notFound(resource, name);
  const { uid } = metadataOf(object);
  if (uid !== undefined) {
    throw conflict(
      resource,
      name,
      `uid mismatch: the provided object specified uid ${text(uid)}, and no existing object was found`,
    );
  }
  const named = { ...object, metadata: { ...metadataOf(object), name } };
  return create(call, named, (admitted) => {
    const { managedFields } = metadataOf(applied(undefined));
    return { ...admitted, metadata: { ...metadataOf(admitted), managedFields } };
  });
}

function checkApply(call: ResourceCall, name: string, config: JsonObject): void {
  const { resource } = call.served;
  if ((writeOptions(call).fieldManager ?? '') === '') {
    const cause = {
      reason: 'FieldValueRequired',
      message: 'Required value: is required for apply patch',
      field: 'fieldManager',
    };
    const kind = { ...resource, group: 'meta.k8s.io', kind: 'PatchOptions' };
    throw invalid(kind, '', [cause]);
  }
  if (config['apiVersion'] === undefined || config['kind'] === undefined) {
    throw new StatusError(400, 'BadRequest', "error decoding YAML: Object 'Kind' is missing");
  }
  checkType(config, call.served);
  checkIdentity(config, refTo(call, name));
  if (metadataOf(config)['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil');
}
