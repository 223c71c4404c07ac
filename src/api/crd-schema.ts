// From a zod schema to the structural OpenAPI schema of a CustomResourceDefinition. What the API server does not take is taken
// out here; what zod cannot say is in crd-rules.ts.
import { z } from 'zod';

/** A node of an OpenAPI v3 schema, as far as CustomResourceDefinitions use it. */
export type Schema = {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly Rule[];
};

/** A CEL rule. `reason` and `fieldPath` (1.28 and later) say how and where the API server reports it. */
export type Rule = {
  readonly rule: string;
  readonly message: string;
  readonly reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired';
  readonly fieldPath?: string;
};

type Node = Parameters<NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>>[0]['jsonSchema'];

/** Input shape: fields with a default may be left out, and the API server fills them in. */
export function structuralSchema(schema: z.ZodType): Schema {
  const generated = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    override: ({ jsonSchema }) => {
      reduceIntOrString(jsonSchema);
      dropSafeIntegerBounds(jsonSchema);
      // zod puts a pattern of 300 characters beside `format: date-time`, which says the same.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    },
  });
  return putInOrder(generated) as Schema;
}

/** Kubernetes takes one kind of union only: an integer or a string, whose limits stand beside the union and not in it. */
function reduceIntOrString(node: Node): void {
  const variants = node.anyOf;
  if (variants === undefined) return;
  const types = variants.map(({ type }) => type);
  if (types.join() !== 'integer,string')
    throw new TypeError(`a CustomResourceDefinition cannot hold a union of ${types.join(' and ')}`);
  const { type: _integer, ...limits } = variants[0] ?? {};
  const { type: _string, ...form } = variants[1] ?? {};
  Object.assign(node, limits, form, {
    anyOf: [{ type: 'integer' }, { type: 'string' }],
    'x-kubernetes-int-or-string': true,
  });
}

function dropSafeIntegerBounds(node: Node): void {
  if (node.maximum === Number.MAX_SAFE_INTEGER) delete node.maximum;
  if (node.minimum === Number.MIN_SAFE_INTEGER) delete node.minimum;
}

const FIRST = ['description', 'type', 'default', 'enum', 'format', 'pattern'];
const LAST = ['x-kubernetes-validations', 'required', 'properties', 'items', 'additionalProperties'];

/** The same keys in the same order everywhere, whatever zod's order is, so that the generated files are easy to read and to compare. */
function putInOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(putInOrder);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => rank(a) - rank(b));
  return Object.fromEntries(
    entries.map(([key, child]) => [key, key === 'properties' ? inOrderOfSchema(child) : putInOrder(child)]),
  );
}

function rank(key: string): number {
  return FIRST.includes(key) ? FIRST.indexOf(key) - FIRST.length : LAST.indexOf(key) + 1;
}

/** Properties keep the order in which the schema names them. */
function inOrderOfSchema(properties: unknown): unknown {
  return Object.fromEntries(Object.entries(properties as object).map(([key, child]) => [key, putInOrder(child)]));
}
