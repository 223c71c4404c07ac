// What happens to an object between the client's wish and the store: which half of it may be written here (spec or status), and,
// for custom resources, pruning, defaulting and validation by the CRD's schema.
import type { Stored } from '../types.ts';
import { type JsonObject, withValue } from './json.ts';
import { metadataOf } from './metadata.ts';
import { applyDefaults } from './schema-default.ts';
import { pruneObject } from './schema-prune.ts';
import { validate } from './schema-validate.ts';
import type { Served } from './served.ts';
import { badRequest, invalid } from './status-errors.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

export type Admitted = { readonly object: JsonObject; readonly warnings: readonly string[] };

/** Drops what the schema does not know. Throws BadRequest for it under Strict. */
export function prune(object: JsonObject, served: Served, validation: FieldValidation): Admitted {
  if (!served.custom) return { object, warnings: [] };
  const pruned = pruneObject(object, served.schema);
  const warnings = pruned.dropped.map((path) => `unknown field ${JSON.stringify(path)}`);
  if (validation === 'Strict' && warnings.length > 0) {
    const { kind, version } = served.resource;
    const what = `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}`;
    throw badRequest(`${what}: strict decoding error: ${warnings.join(', ')}`);
  }
  return { object: pruned.object, warnings: validation === 'Warn' ? warnings : [] };
}

/** Defaults, then validates. Throws Invalid with all violations. */
export function complete(object: JsonObject, served: Served): JsonObject {
  if (!served.custom) return object;
  const result = applyDefaults(object, served.schema) as JsonObject;
  const causes = validate(result, served.schema, '');
  if (causes.length > 0) throw invalid(served.resource, String(metadataOf(result)['name']), causes);
  return result;
}

/** A new object's status is not the client's to set; a kubelet that registers its Node is the exception. */
export function forCreate(object: JsonObject, served: Served): JsonObject {
  const { plural, group } = served.resource;
  if (!served.status || (plural === 'nodes' && group === '')) return object;
  if (plural === 'pods' && group === '') return { ...object, status: { phase: 'Pending', qosClass: 'BestEffort' } };
  if (plural === 'namespaces' && group === '') return { ...object, status: { phase: 'Active' } };
  return withValue(object, ['status'], undefined);
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
