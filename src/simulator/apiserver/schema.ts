// Structural schemas: what a CRD says about its kind, in the CRD's own words. The built-in kinds have partial ones
// (builtin-schemas.ts) that say only how lists and maps are merged; everything else of them is taken as it comes.

export type Schema = {
  readonly type?: string;
  readonly description?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-validations'?: readonly object[];
};

/** Nothing is known: maps are merged key by key, lists are replaced, nothing is pruned. */
const UNKNOWN: Schema = { 'x-kubernetes-preserve-unknown-fields': true };

/** Whether there are CEL rules anywhere in it. */
export function hasRules(schema: Schema): boolean {
  if (schema['x-kubernetes-validations'] !== undefined) return true;
  const below = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
  return below.some((child) => typeof child === 'object' && hasRules(child));
}

export function fieldSchema(schema: Schema, key: string): Schema {
  const declared = schema.properties;
  if (declared !== undefined && Object.hasOwn(declared, key)) return declared[key] ?? UNKNOWN;
  return typeof schema.additionalProperties === 'object' ? schema.additionalProperties : UNKNOWN;
}

export function itemSchema(schema: Schema): Schema {
  return schema.items ?? UNKNOWN;
}

/** The keys that tell the items of a list apart; undefined when the list is not a map. */
export function listMapKeys(schema: Schema): readonly string[] | undefined {
  if (schema['x-kubernetes-list-type'] !== 'map') return undefined;
  return schema['x-kubernetes-list-map-keys'] ?? [];
}

export function isSet(schema: Schema): boolean {
  return schema['x-kubernetes-list-type'] === 'set';
}

export function isAtomicMap(schema: Schema): boolean {
  return schema['x-kubernetes-map-type'] === 'atomic';
}
