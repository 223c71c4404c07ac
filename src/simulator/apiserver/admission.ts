// What happens to an object between the client's wish and the store: which half of it may be written here (spec or status), and,
// for custom resources, pruning, defaulting and validation by the CRD's schema.
import type { Stored } from '../types.ts';
import { type JsonObject, text, withValue } from './json.ts';
import { metadataOf } from './metadata.ts';
import { applyDefaults } from './schema-default.ts';
import { hasRules } from './schema.ts';
import { pruneObject } from './schema-prune.ts';
import { validate } from './schema-validate.ts';
import type { Served } from './served.ts';
import { badRequest, invalid, type StatusCause } from './status-errors.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export type Pruned = {
  readonly object: JsonObject;
  readonly dropped: readonly string[];
  /** The same in the API server's words. */
  readonly unknown: readonly string[];
};

/** Drops what the schema does not know. */
export function prune(object: JsonObject, served: Served): Pruned {
  if (!served.custom) return { object, dropped: [], unknown: [] };
  const pruned = pruneObject(object, served.schema);
  const dropped = pruned.dropped.toSorted();
  return { object: pruned.object, dropped, unknown: dropped.map((path) => `unknown field ${JSON.stringify(path)}`) };
}

/** What becomes of unknown fields: warnings, nothing, or BadRequest. */
export function refuseUnknown(
  unknown: readonly string[],
  served: Served,
  validation: FieldValidation,
): readonly string[] {
  if (validation === 'Strict' && unknown.length > 0) {
    const { kind, version } = served.resource;
    const what = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`;
    throw badRequest(`${what}: strict decoding error: ${unknown.join(', ')}`);
  }
  return validation === 'Warn' ? unknown : [];
}

// After these the API server does not evaluate CEL rules any more, and says so, of a field it calls `<nil>`.
const BLOCKING = ['NotSupported', 'Required', 'TooLong', 'TooMany', 'TypeInvalid'].map((type) => `FieldValue${type}`);
const RULES_NOT_CHECKED: StatusCause = {
  reason: 'FieldValueInvalid',
  message:
    'Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
  field: '<nil>',
};

function isBlocking(cause: StatusCause): boolean {
  return BLOCKING.includes(cause.reason ?? '');
}

/** Defaults, then validates. Throws Invalid with all violations. */
export function complete(object: JsonObject, served: Served): JsonObject {
  if (!served.custom) return object;
  const result = applyDefaults(object, served.schema) as JsonObject;
  const causes = validate(result, served.schema, '');
  if (causes.length > 0) {
    const all = causes.some(isBlocking) && hasRules(served.schema) ? [...causes, RULES_NOT_CHECKED] : causes;
    throw invalid(served.resource, text(metadataOf(result)['name']), all);
  }
  return result;
}

const INITIAL_STATUS: Readonly<Record<string, object>> = {
  '/pods': { phase: 'Pending', qosClass: 'BestEffort' },
  '/namespaces': { phase: 'Active' },
  'apps/daemonsets': { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
};

/** A new object's status is not the client's to set; a kubelet that registers its Node is the exception. */
export function forCreate(object: JsonObject, served: Served): JsonObject {
  const { plural, group } = served.resource;
  if (!served.status || (plural === 'nodes' && group === '')) return object;
  return withValue(object, ['status'], INITIAL_STATUS[`${group}/${plural}`]);
}

/** What an update of the main resource, or of its status, leaves of the client's wish. */
export function forUpdate(
  object: JsonObject,
  live: Stored,
  call: { served: Served; subresource: string | undefined },
): JsonObject {
  const { served, subresource } = call;
  if (subresource === undefined) return served.status ? withValue(object, ['status'], live['status']) : object;
  const { labels, annotations, managedFields } = metadataOf(object);
  // The status of a built-in kind takes labels and annotations along, that of a custom resource nothing.
  const metadata = served.custom
    ? { ...live.metadata, managedFields }
    : { ...live.metadata, labels, annotations, managedFields };
  return withValue({ ...live, metadata }, ['status'], object['status']);
}

/** Only the half of an applied configuration that this endpoint writes counts, also for what the manager owns. */
export function forApply(config: JsonObject, served: Served, subresource: string | undefined): JsonObject {
  if (subresource === undefined) return served.status ? withValue(config, ['status'], undefined) : config;
  const metadata = only(metadataOf(config), ['name', 'namespace', 'uid', 'resourceVersion']);
  return { ...only(config, ['apiVersion', 'kind', 'status']), metadata };
}

function only(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => keys.includes(key)));
}
