// Server-side apply: structured-merge-diff's Updater.Apply over plain JSON. Pure: the live object and the applied
// configuration in, the next object with its managedFields out.
import { applyOver, removeDisowned } from './apply-merge.ts';
import { compareFields, type Comparison, fieldSetOf } from './field-set-of.ts';
import { isNothing, NOTHING, union } from './field-set.ts';
import { isObject, type JsonObject, withValue, without } from './json.ts';
import {
  applyConflict,
  beforeFirstApply,
  conflictsWith,
  type Owners,
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
  const applied = withoutManagedFields(config);
  const sent = fieldSetOf(applied, schema);
  const fields = withoutSystemFields(sent);
  const owners = ownersBefore(live, base, { writer, schema });
  const before = owners.get(writerKey(writer))?.fields ?? NOTHING;
  const mine = withOwner(owners, writer, fields, false);
  // With what was sent in full: the name in it keeps `metadata` from counting as given up.
  const owned = [...mine.values()].reduce((all, owner) => union(all, owner.fields), sent);
  const next = removeDisowned(applyOver(base, applied, schema), { before, owned }, schema) as JsonObject;
  const change = compareFields(base, next, schema);
  const conflicts = conflictsWith(mine, writer, change);
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);
  return withOwners(next, withOwner(takenFromOthers(mine, writer, change), writer, fields, isChange(change)));
}

function ownersBefore(
  live: JsonObject | undefined,
  base: JsonObject,
  { writer, schema }: Pick<Apply, 'writer' | 'schema'>,
): Owners {
  const known = ownersOf(live ?? {});
  return live !== undefined && known.size === 0 ? beforeFirstApply(base, writer, schema) : known;
}

function isChange({ added, modified, removed }: Comparison): boolean {
  return [added, modified, removed].some((set) => !isNothing(set));
}

export function withoutManagedFields(object: JsonObject): JsonObject {
  const { metadata } = object;
  if (!isObject(metadata) || metadata['managedFields'] === undefined) return object;
  return withValue(object, ['metadata'], without(metadata, 'managedFields'));
}
