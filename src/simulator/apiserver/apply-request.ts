// PATCH with application/apply-patch+yaml: server-side apply as a request, creating the object when it is not there.
import type { KubeObject } from 'kopf-ts';
import type { Stored } from '../types.ts';
import { complete, forApply, prune } from './admission.ts';
import { serverSideApply } from './apply.ts';
import { type Answer, json, refTo, type ResourceCall } from './call.ts';
import { required } from './field-errors.ts';
import { type JsonObject, text } from './json.ts';
import { metadataOf } from './metadata.ts';
import { checkFinalizers, checkIdentity, checkImmutableUid, checkType, checkVersion } from './object-checks.ts';
import { apiVersionOf } from './served.ts';
import { badRequest, conflict, invalidOptions, notFound, StatusError } from './status-errors.ts';
import { writeOptions, writerOf } from './write-options.ts';
import { create } from './write.ts';

export function applyObject(call: ResourceCall, name: string, config: JsonObject): Answer {
  const { served, server } = call;
  checkConfig(call, name, config);
  const object = known(call, name, forApply(config, served, call.subresource));
  const edit = (live: Stored): KubeObject => {
    checkVersion(object, live, served.resource);
    checkImmutableUid(object, live, call);
    const next = complete(applied(call, object, live), served);
    checkFinalizers(next, live, served.resource);
    return next as unknown as KubeObject;
  };
  const written = server.store.update(served.resource, refTo(call, name), edit, writeOptions(call));
  return written === undefined ? applyNew(call, name, object) : json(written);
}

function applied(call: ResourceCall, config: JsonObject, live: Stored | undefined): JsonObject {
  const { force } = writeOptions(call);
  return serverSideApply({ live, config, writer: writerOf(call, 'Apply'), force, schema: call.served.schema });
}

/** A field the schema does not know cannot be owned: the API server's typed converter fails, with a 500. */
function known(call: ResourceCall, name: string, config: JsonObject): JsonObject {
  const { served, namespace = '' } = call;
  const { object, dropped } = prune(config, served);
  if (dropped.length === 0) return object;
  const errors = dropped.map((path) => `.${path}: field not declared in schema`);
  const list = errors.length === 1 ? errors[0] : `errors:\n${errors.map((error) => `  ${error}`).join('\n')}`;
  const { kind } = served.resource;
  const what = `failed to create typed patch object (${namespace}/${name}; ${apiVersionOf(served.resource)}, Kind=${kind})`;
  throw new StatusError(500, '', `${what}: ${list}`);
}

/** A resourceVersion in what is created is of no matter here. */
function applyNew(call: ResourceCall, name: string, object: JsonObject): Answer {
  const { resource } = call.served;
  if (call.subresource !== undefined) throw notFound(resource, name);
  const { uid } = metadataOf(object);
  if (uid !== undefined) {
    const why = `uid mismatch: the provided object specified uid ${text(uid)}, and no existing object was found`;
    throw conflict(resource, name, why);
  }
  const { managedFields } = metadataOf(applied(call, object, undefined));
  const named = { ...object, metadata: { ...metadataOf(object), name } };
  return create(call, named, (admitted) => ({ ...admitted, metadata: { ...metadataOf(admitted), managedFields } }));
}

function checkConfig(call: ResourceCall, name: string, config: JsonObject): void {
  if ((writeOptions(call).fieldManager ?? '') === '') {
    throw invalidOptions('PatchOptions', required('fieldManager', 'is required for apply patch'));
  }
  const { apiVersion, kind } = config;
  if (apiVersion === undefined || kind === undefined) {
    throw badRequest(`invalid object type: ${text(apiVersion) || '/'}, Kind=${text(kind)}`);
  }
  checkType(config, call.served);
  checkIdentity(config, refTo(call, name));
  if (metadataOf(config)['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil');
}
