// What the API server insists on in any object a client sends, whatever its kind: that it is the one the URL names, that
// it is not older than the stored one, and that its name can be a name.
import type { Ref, Resource } from 'kopf-ts';
import type { Stored } from '../types.ts';
import { forbiddenField, invalidValue, required } from './field-errors.ts';
import { at, type JsonObject } from './json.ts';
import { metadataOf } from './metadata.ts';
import { apiVersionOf, type Served } from './served.ts';
import { badRequest, conflict, invalid, MODIFIED } from './status-errors.ts';

const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const IS_SUBDOMAIN = new RegExp(`^${SUBDOMAIN}$`);
const NAME_RULE = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

export function checkType(body: JsonObject, { resource }: Served): void {
  const expected = apiVersionOf(resource);
  const { apiVersion, kind } = body;
  if (isGiven(apiVersion) && apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${String(apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
  if (isGiven(kind) && kind !== resource.kind) {
    throw badRequest(
      `${String(kind)} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}`,
    );
  }
}

/** `namespace` is the request's. */
export function checkNew(body: JsonObject, resource: Resource, namespace: string | undefined): void {
  const { name, generateName, namespace: own, resourceVersion } = metadataOf(body);
  if (isGiven(own) && own !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  if (isGiven(resourceVersion)) throw badRequest('resourceVersion should not be set on objects to be created');
  if (!isGiven(name) && !isGiven(generateName)) {
    throw invalid(resource, '', [required('metadata.name', 'name or generateName is required')]);
  }
  if (isGiven(name) && (typeof name !== 'string' || !IS_SUBDOMAIN.test(name) || name.length > 253)) {
    throw invalid(resource, String(name), [invalidValue('metadata.name', name, NAME_RULE)]);
  }
}

export function checkIdentity(body: JsonObject, ref: Ref): void {
  const { name, namespace } = metadataOf(body);
  if (isGiven(name) && name !== ref.name) {
    throw badRequest(`the name of the object (${String(name)}) does not match the name on the URL (${ref.name})`);
  }
  if (isGiven(namespace) && namespace !== ref.namespace) {
    throw badRequest(
      `the namespace of the object (${String(namespace)}) does not match the namespace on the request (${ref.namespace ?? ''})`,
    );
  }
}

/** The preconditions an object carries in itself: uid and resourceVersion. */
export function checkPreconditions(body: JsonObject, live: Stored, resource: Resource): void {
  const { uid, resourceVersion } = metadataOf(body);
  const { name, namespace } = live.metadata;
  if (isGiven(uid) && uid !== live.metadata.uid) {
    const key = ['/registry', resource.plural, namespace, name].filter((part) => part !== undefined).join('/');
    const why = `Precondition failed: UID in precondition: ${String(uid)}, UID in object meta: ${live.metadata.uid}`;
    throw conflict(
      resource,
      name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
    );
  }
  if (isGiven(resourceVersion) && resourceVersion !== live.metadata.resourceVersion)
    throw conflict(resource, name, MODIFIED);
}

/** Kinds of which a client must know the version it replaces. The others can be overwritten blindly. */
export function checkUnconditional(body: JsonObject, { custom, resource }: Served): void {
  const strict = custom || ['leases', 'customresourcedefinitions', 'endpointslices'].includes(resource.plural);
  const { name, resourceVersion } = metadataOf(body);
  if (!strict || isGiven(resourceVersion)) return;
  const cause = {
    reason: 'FieldValueInvalid',
    message: 'Invalid value: 0: must be specified for an update',
    field: 'metadata.resourceVersion',
  };
  throw invalid(resource, String(name), [cause]);
}

/** An object on its way out can lose finalizers but not gain any. */
export function checkFinalizers(body: JsonObject, live: Stored, resource: Resource): void {
  if (live.metadata.deletionTimestamp === undefined) return;
  const wanted = at(body, 'metadata', 'finalizers');
  const before = live.metadata.finalizers ?? [];
  const extra = Array.isArray(wanted) ? wanted.filter((finalizer) => !before.includes(finalizer)) : [];
  if (extra.length === 0) return;
  const list = extra.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  const detail = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`;
  throw invalid(resource, live.metadata.name, [forbiddenField('metadata.finalizers', detail)]);
}
