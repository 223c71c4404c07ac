// metadata.managedFields: who last set which field. Every write through the API keeps it: an apply owns what it sends, any
// other write owns what it changes and takes that away from everybody else.
import type { ManagedFieldsEntry } from 'kopf-ts';
import { compareFields, type Comparison, fieldSetOf } from './field-set-of.ts';
import {
  decodeFields,
  difference,
  encodeFields,
  equalSets,
  type FieldSet,
  fieldSet,
  intersection,
  isNothing,
  LEAF,
  NOTHING,
  pathsOf,
  pathText,
  union,
} from './field-set.ts';
import { at, type JsonObject, withValue } from './json.ts';
import { timestamp } from './names.ts';
import type { Schema } from './schema.ts';
import { StatusError } from './status-errors.ts';

export type Writer = {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource: string | undefined;
  readonly apiVersion: string;
  readonly now: number;
};

export type Owner = Omit<ManagedFieldsEntry, 'fieldsV1'> & { readonly apiVersion?: string; readonly fields: FieldSet };

/** Entries of one writer, by what makes it one: manager, operation and subresource. */
export type Owners = ReadonlyMap<string, Owner>;

export function writerKey(writer: {
  manager?: string | undefined;
  operation?: string | undefined;
  subresource?: string | undefined;
}): string {
  return JSON.stringify([writer.manager, writer.operation, writer.subresource ?? '']);
}

export function ownersOf(object: JsonObject): Owners {
  const entries = at(object, 'metadata', 'managedFields');
  const list = Array.isArray(entries) ? (entries as readonly ManagedFieldsEntry[]) : [];
  return new Map(list.map(({ fieldsV1, ...rest }) => [writerKey(rest), { ...rest, fields: decodeFields(fieldsV1) }]));
}

export function withOwners(object: JsonObject, owners: Owners): JsonObject {
  const order = (owner: Owner) => `${owner.operation} ${owner.time} ${owner.manager} ${owner.subresource ?? ''}`;
  const entries = [...owners.values()]
    .filter((owner) => !isNothing(owner.fields))
    .toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
    .map(({ fields, ...rest }) => ({ ...rest, fieldsType: 'FieldsV1', fieldsV1: encodeFields(fields) }));
  return withValue(object, ['metadata', 'managedFields'], entries.length > 0 ? entries : undefined);
}

// Nobody owns what only the API server sets: apimachinery pkg/util/managedfields/internal/stripmeta.go.
const SYSTEM_META = [
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
];
const SYSTEM = fieldSet(false, [
  ['f:apiVersion', LEAF],
  ['f:kind', LEAF],
  [
    'f:metadata',
    fieldSet(
      true,
      SYSTEM_META.map((key) => [`f:${key}`, LEAF] as const),
    ),
  ],
]);

export function withoutSystemFields(set: FieldSet): FieldSet {
  return difference(set, SYSTEM);
}

/** Gives the writer exactly these fields. The time stays when neither they nor the object changed. */
export function withOwner(owners: Owners, writer: Writer, fields: FieldSet, changed: boolean): Owners {
  const key = writerKey(writer);
  const before = owners.get(key);
  const { manager, operation, subresource, apiVersion } = writer;
  const same = !changed && before !== undefined && equalSets(before.fields, fields);
  const time = same && before.time !== undefined ? before.time : timestamp(writer.now);
  const next: Owner = {
    manager,
    operation,
    apiVersion,
    time,
    ...(subresource === undefined ? {} : { subresource }),
    fields,
  };
  return new Map([...owners, [key, next]]);
}

/** The other writers no longer own what changed or went. */
export function takenFromOthers(owners: Owners, writer: Writer, change: Comparison): Owners {
  const lost = union(union(change.added, change.modified), change.removed);
  const mine = writerKey(writer);
  return new Map(
    [...owners].map(([key, owner]) => [
      key,
      key === mine ? owner : { ...owner, fields: difference(owner.fields, lost) },
    ]),
  );
}

/** What other writers own of what is about to change. */
export function conflictsWith(
  owners: Owners,
  writer: Writer,
  change: Comparison,
): readonly { owner: Owner; fields: FieldSet }[] {
  const changed = union(change.added, change.modified);
  const mine = writerKey(writer);
  return [...owners].flatMap(([key, owner]) => {
    const fields = key === mine ? NOTHING : intersection(owner.fields, changed);
    return isNothing(fields) ? [] : [{ owner, fields }];
  });
}

/** Ownership after a write that is not an apply. `live` is undefined on create. Both objects without their managedFields. */
export function trackUpdate(
  owners: Owners,
  objects: { live: JsonObject | undefined; next: JsonObject },
  writer: Writer,
  schema: Schema,
): Owners {
  const change = compareFields(objects.live ?? {}, objects.next, schema);
  const before = owners.get(writerKey(writer))?.fields ?? NOTHING;
  const changed = union(change.modified, change.added);
  const fields = withoutSystemFields(union(difference(before, change.removed), changed));
  return withOwner(takenFromOthers(owners, writer, change), writer, fields, !isNothing(withoutSystemFields(changed)));
}

/** The entry an object without managedFields gets when it is applied to for the first time. */
export function beforeFirstApply(live: JsonObject, writer: Writer, schema: Schema): Owners {
  const first: Writer = { ...writer, manager: 'before-first-apply', operation: 'Update', subresource: undefined };
  return withOwner(new Map(), first, withoutSystemFields(fieldSetOf(live, schema)), true);
}

/** apimachinery pkg/util/managedfields/internal/conflict.go. */
export function applyConflict(conflicts: readonly { owner: Owner; fields: FieldSet }[]): StatusError {
  const causes = conflicts.flatMap(({ owner, fields }) =>
    pathsOf(fields).map((path) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with ${ownerText(owner)}`,
      field: pathText(path),
    })),
  );
  const only = causes.length === 1 ? causes[0] : undefined;
  const groups = conflicts.map(({ owner, fields }) =>
    [`conflicts with ${ownerText(owner)}:`, ...pathsOf(fields).map((path) => `- ${pathText(path)}`)].join('\n'),
  );
  const message =
    only === undefined
      ? `Apply failed with ${causes.length} conflicts: ${groups.join('\n')}`
      : `Apply failed with 1 conflict: ${only.message}: ${only.field}`;
  return new StatusError(409, 'Conflict', message, { causes });
}

function ownerText(owner: Owner): string {
  const name =
    JSON.stringify(owner.manager) +
    (owner.subresource === undefined ? '' : ` with subresource ${JSON.stringify(owner.subresource)}`);
  return owner.operation === 'Apply' ? name : `${name} using ${owner.apiVersion}`;
}
