// From a CustomResourceDefinition to a resource this server serves: schema, subresources, printer columns, selectable fields.
// Every served version is offered; objects are not converted between versions, so a CRD should serve one.
import type { Stored } from '../types.ts';
import { age } from './age.ts';
import { METADATA } from './builtin-schemas.ts';
import { fieldLabel } from './builtins.ts';
import { at, isObject } from './json.ts';
import { parseJsonPath } from './json-path.ts';
import type { Schema } from './schema.ts';
import type { Column, Served } from './served.ts';

type Names = {
  readonly plural: string;
  readonly kind: string;
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
};

type PrinterColumn = {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
};

type Version = {
  readonly name: string;
  readonly served: boolean;
  readonly schema?: { readonly openAPIV3Schema?: Schema };
  readonly subresources?: { readonly status?: object };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
};

type Spec = {
  readonly group: string;
  readonly scope: string;
  readonly names: Names;
  readonly versions: readonly Version[];
};

/** What the CRD declares. Empty for an object that is no CRD. */
export function servedByCrd(crd: Stored): readonly Served[] {
  const spec = at(crd, 'spec') as Spec | undefined;
  return spec?.versions.filter((version) => version.served).map((version) => servedVersion(spec, version)) ?? [];
}

function servedVersion({ group, scope, names }: Spec, version: Version): Served {
  const namespaced = scope === 'Namespaced';
  const selectable = (version.selectableFields ?? []).map((field) => fieldLabel(field.jsonPath.replace(/^\./, '')));
  return {
    resource: { group, version: version.name, plural: names.plural, kind: names.kind, namespaced },
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    custom: true,
    status: version.subresources?.status !== undefined,
    schema: withMetadata(version.schema?.openAPIV3Schema ?? {}),
    fieldLabels: [
      fieldLabel('metadata.name'),
      ...(namespaced ? [fieldLabel('metadata.namespace')] : []),
      ...selectable,
    ],
    columns: [NAME, ...(version.additionalPrinterColumns ?? [AGE]).map(printerColumn)],
  };
}

/** ObjectMeta is the API server's own business: the schema's word on it counts only where apply needs it. */
function withMetadata(schema: Schema): Schema {
  return { ...schema, properties: { ...schema.properties, metadata: METADATA } };
}

const NAME: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  priority: 0,
  value: (object) => object.metadata.name,
};
const AGE: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

function printerColumn(declared: PrinterColumn): Column {
  const find = parseJsonPath(declared.jsonPath);
  const { name, type, format, description } = declared;
  return {
    name,
    type,
    ...(format === undefined ? {} : { format }),
    ...(description === undefined ? {} : { description }),
    priority: declared.priority ?? 0,
    value: (object, now) => cell(find(object), type, now),
  };
}

/** apiextensions pkg/registry/customresource/tableconvertor: dates become ages, lists are joined, missing is null. */
function cell(found: readonly unknown[], type: string, now: number): unknown {
  const value = found[0];
  if (value === undefined || value === null) return null;
  if (type === 'date') return age(value, now);
  if (type !== 'string') return value;
  return found.map((item) => (isObject(item) || Array.isArray(item) ? JSON.stringify(item) : String(item))).join(',');
}

/** What the real server's controllers write into a CRD's status soon after it was created. */
export function establishedStatus(crd: Stored, now: string): object {
  const spec = at(crd, 'spec') as Spec;
  const condition = (type: string, reason: string, message: string) => ({
    type,
    status: 'True',
    reason,
    message,
    lastTransitionTime: now,
  });
  const { plural, kind, singular = kind.toLowerCase(), ...names } = spec.names;
  return {
    conditions: [
      condition('NamesAccepted', 'NoConflicts', 'no conflicts found'),
      condition('Established', 'InitialNamesAccepted', 'the initial names have been accepted'),
    ],
    acceptedNames: { plural, kind, listKind: `${kind}List`, singular, ...names },
    storedVersions: spec.versions.map((version) => version.name),
  };
}
