// What the API server insists on in any object a client sends, whatever its kind: that it is the one the URL names, that
// it is not older than the stored one, and that its name can be a name.
import type { Ref, Resource } from 'kopf-ts';
import type { Stored } from '../types.ts';
import { forbiddenField, invalidValue, required } from './field-errors.ts';
import { at, type JsonObject, text } from './json.ts';
import { metadataOf } from './metadata.ts';
import { apiVersionOf, type Served } from './served.ts';
import { badRequest, conflict, invalid, MODIFIED, StatusError } from './status-errors.ts';

const SUBDOMAIN = '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*';
const IS_SUBDOMAIN = new RegExp(`^${SUBDOMAIN}$`);
const NAME_RULE = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** A custom resource must say what it is; of a built-in kind that goes without saying. */
export function checkType(body: JsonObject, { resource, custom }: Served): void {
  const expected = apiVersionOf(resource);
  const { apiVersion, kind } = body;
  const missing = ['Kind', 'apiVersion'].find((field) => !isGiven(field === 'Kind' ? kind : apiVersion));
  if (custom && missing !== undefined) throw unrecognized(body, resource.kind, missing);
  if (isGiven(apiVersion) && apiVersion !== expected) {
    throw badRequest(
      `the API version in the data (${text(apiVersion)}) does not match the expected API version (${expected})`,
    );
  }
  if (!isGiven(kind) || kind === resource.kind) return;
  if (!custom)
    throw badRequest(`${text(kind)} in version "${resource.version}" cannot be handled as a ${resource.kind}`);
  const name = text(metadataOf(body)['name']);
  throw invalid(resource, name, [invalidValue('kind', kind, `must be ${resource.kind}`)], text(kind));
}

function unrecognized(body: JsonObject, kind: string, missing: string): Error {
  const json = JSON.stringify(body);
  const start = json.length > 30 ? `${json.slice(0, 30)} ...` : json;
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): Object '${missing}' is missing in '${json}' (${start})`,
  );
}

export function checkNew(body: JsonObject, resource: Resource): void {
  const { name, generateName, resourceVersion } = metadataOf(body);
  if (isGiven(resourceVersion))
    throw new StatusError(500, '', 'resourceVersion should not be set on objects to be created');
  if (!isGiven(name) && !isGiven(generateName)) {
    throw invalid(resource, '', [required('metadata.name', 'name or generateName is required')]);
  }
}

/** `namespace` is the request's. */
export function checkPlace(body: JsonObject, resource: Resource, namespace: string | undefined): void {
  const { name, namespace: own } = metadataOf(body);
  if (isGiven(own) && own !== namespace) throw otherNamespace();
  if (isGiven(name) && (typeof name !== 'string' || !IS_SUBDOMAIN.test(name) || name.length > 253)) {
    throw invalid(resource, text(name), [invalidValue('metadata.name', name, NAME_RULE)]);
  }
}

function otherNamespace(): Error {
  return badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

export function checkIdentity(body: JsonObject, ref: Ref): void {
  const { name, namespace } = metadataOf(body);
  if (isGiven(name) && name !== ref.name) {
    throw badRequest(`the name of the object (${text(name)}) does not match the name on the URL (${ref.name})`);
  }
  if (isGiven(namespace) && namespace !== ref.namespace) throw otherNamespace();
}

/** PUT: a uid in the object is a precondition. */
export function checkUid(body: JsonObject, live: Stored, { resource, custom }: Served): void {
  const { uid } = metadataOf(body);
  if (!isGiven(uid) || uid === live.metadata.uid) return;
  const { name, namespace } = live.metadata;
  const path = [custom ? resource.group : undefined, resource.plural, namespace, name].filter(
    (part) => part !== undefined,
  );
  const why = `Precondition failed: UID in precondition: ${text(uid)}, UID in object meta: ${live.metadata.uid}`;
  const key = `Key: /registry/${path.join('/')}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
  throw conflict(resource, name, `StorageError: invalid object, Code: 4, ${key}`);
}

/** PATCH: another uid is a forbidden change. Of the status subresource nothing but the status counts, so there it is ignored. */
export function checkImmutableUid(
  body: JsonObject,
  live: Stored,
  call: { served: Served; subresource: string | undefined },
): void {
  const { uid } = metadataOf(body);
  if (!isGiven(uid) || uid === live.metadata.uid || call.subresource !== undefined) return;
  throw invalid(call.served.resource, live.metadata.name, [invalidValue('metadata.uid', uid, 'field is immutable')]);
}

/** A resourceVersion in the object is a precondition, however it is written. */
export function checkVersion(body: JsonObject, live: Stored, resource: Resource): void {
  const { resourceVersion } = metadataOf(body);
  if (!isGiven(resourceVersion) || resourceVersion === live.metadata.resourceVersion) return;
  throw conflict(resource, live.metadata.name, MODIFIED);
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
  throw invalid(resource, text(name), [cause], resource.plural);
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
