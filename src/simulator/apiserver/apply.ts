// Server-side apply: structured-merge-diff's Updater.Apply over plain JSON. Pure: the live object and the applied
// configuration in, the next object with its managedFields out.
import { applyOver, removeDisowned } from './apply-merge.ts';
import { compareFields, fieldSetOf } from './field-set-of.ts';
import { isNothing, NOTHING, union } from './field-set.ts';
import { isObject, type JsonObject, withValue, without } from './json.ts';
import {
  applyConflict,
  beforeFirstApply,
  conflictsWith,
  ownersOf,
  takenFromOthers,
  withOwner,
  withOwners,
  withoutSystemFields,
  type Writer,
  writerKey,
} from './managed-fields.ts';
import type { Schema } from './schema.ts';

export type Apply = {
  /** undefined when the apply creates the object. */
  readonly live: JsonObject | undefined;
  readonly config: JsonObject;
  readonly writer: Writer;
  readonly force: boolean;
  readonly schema: Schema;
};

/** Throws Conflict when others own what would change, unless forced. */
export function serverSideApply({ live, config, writer, force, schema }: Apply): JsonObject {
  const base = withoutManagedFields(live ?? {});
  const known = live === undefined ? new Map() : ownersOf(live);
  const owners = live !== undefined && known.size === 0 ? beforeFirstApply(base, writer, schema) : known;
  const applied = withoutManagedFields(config);
  const sent = fieldSetOf(applied, schema);
  const fields = withoutSystemFields(sent);
  const before = owners.get(writerKey(writer))?.fields ?? NOTHING;
  const mine = withOwner(owners, writer, fields, false);
  // With what was sent in full: the name in it keeps `metadata` from counting as given up.
  const owned = [...mine.values()].reduce((all, owner) => union(all, owner.fields), sent);
  const next = removeDisowned(applyOver(base, applied, schema), { before, owned }, schema) as JsonObject;
  const change = compareFields(base, next, schema);
  const conflicts = conflictsWith(mine, writer, change);
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);
  const changed = !isNothing(change.added) || !isNothing(change.modified) || !isNothing(change.removed);
  return withOwners(next, withOwner(takenFromOthers(mine, writer, change), writer, fields, changed));
}

export function withoutManagedFields(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isObject(metadata) || metadata['managedFields'] === undefined) return object;
  return withValue(object, ['metadata'], without(metadata, 'managedFields'));
}
