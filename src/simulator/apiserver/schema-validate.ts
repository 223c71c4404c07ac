// Validation by a structural schema, with the messages of kube-openapi and apiextensions. Every violation is reported.
// `x-kubernetes-validations` (CEL) is not evaluated here: rules are tested against a real API server.
import { duplicate, inBody, invalidValue, required, tooLong, tooMany, unsupported, wrongType } from './field-errors.ts';
import { equalJson, isObject, type JsonObject, own } from './json.ts';
import { isSet, listMapKeys, type Schema } from './schema.ts';
import type { StatusCause } from './status-errors.ts';

type Check<T> = (value: T, schema: Schema, path: string) => readonly StatusCause[];

/** All violations, in the order of the schema. `path` is '' for a whole object. */
export const validate: Check<unknown> = (value, schema, path) => {
  const wrong = checkType(value, schema, path);
  if (wrong.length > 0) return [...wrong, ...checkEnum(value, schema, path)];
  if (value === null) return [];
  return [
    ...checkEnum(value, schema, path),
    ...checkContent(value, schema, path),
    ...checkCombinations(value, schema, path),
  ];
};

const checkContent: Check<unknown> = (value, schema, path) => {
  if (typeof value === 'string') return checkString(value, schema, path);
  if (typeof value === 'number') return checkNumber(value, schema, path);
  if (Array.isArray(value)) return checkList(value, schema, path);
  return isObject(value) ? checkObject(value, schema, path) : [];
};

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' && Number.isInteger(value) ? 'integer' : typeof value;
}

const checkType: Check<unknown> = (value, schema, path) => {
  const actual = typeName(value);
  if (actual === 'null' && schema.nullable === true) return [];
  if (schema['x-kubernetes-int-or-string'] === true) {
    return actual === 'integer' || actual === 'string' ? [] : [wrongType(path, actual, 'integer,string')];
  }
  if (schema.type === undefined || schema.type === actual) return [];
  if (schema.type === 'number' && actual === 'integer') return [];
  return [wrongType(path, actual, schema.type)];
};

const checkEnum: Check<unknown> = (value, schema, path) => {
  if (schema.enum === undefined || schema.enum.some((allowed) => equalJson(allowed, value))) return [];
  return [unsupported(path, value, schema.enum)];
};

const DATE_TIME = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

/** Lengths count characters, as in Go's utf8.RuneCountInString. */
const checkString: Check<string> = (value, schema, path) => {
  const causes: StatusCause[] = [];
  const length = Array.from(value).length;
  if (schema.maxLength !== undefined && length > schema.maxLength) causes.push(tooLong(path, schema.maxLength));
  if (schema.minLength !== undefined && length < schema.minLength) {
    causes.push(invalidValue(path, value, `${inBody(path)} should be at least ${schema.minLength} chars long`));
  }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) {
    causes.push(invalidValue(path, value, `${inBody(path)} should match '${schema.pattern}'`));
  }
  if (schema.format === 'date-time' && !DATE_TIME.test(value)) {
    causes.push(invalidValue(path, value, `${inBody(path)} must be of type date-time: ${JSON.stringify(value)}`));
  }
  return causes;
};

const checkNumber: Check<number> = (value, schema, path) => {
  const details = [tooLarge(value, schema), tooSmall(value, schema), notMultiple(value, schema)].filter(
    (detail) => detail !== undefined,
  );
  return details.map((detail) => invalidValue(path, value, `${inBody(path)} should be ${detail}`));
};

function tooLarge(value: number, { maximum = Infinity, exclusiveMaximum }: Schema): string | undefined {
  if (exclusiveMaximum === true) return value >= maximum ? `less than ${maximum}` : undefined;
  return value > maximum ? `less than or equal to ${maximum}` : undefined;
}

function tooSmall(value: number, { minimum = -Infinity, exclusiveMinimum }: Schema): string | undefined {
  if (exclusiveMinimum === true) return value <= minimum ? `greater than ${minimum}` : undefined;
  return value < minimum ? `greater than or equal to ${minimum}` : undefined;
}

function notMultiple(value: number, { multipleOf }: Schema): string | undefined {
  return multipleOf === undefined || value % multipleOf === 0 ? undefined : `a multiple of ${multipleOf}`;
}

const checkList: Check<readonly unknown[]> = (items, schema, path) => {
  const causes: StatusCause[] = [];
  if (schema.maxItems !== undefined && items.length > schema.maxItems)
    causes.push(tooMany(path, items.length, schema.maxItems));
  if (schema.minItems !== undefined && items.length < schema.minItems) {
    causes.push(invalidValue(path, items.length, `${inBody(path)} should have at least ${schema.minItems} items`));
  }
  const itemSchema = schema.items;
  const within =
    itemSchema === undefined ? [] : items.flatMap((item, index) => validate(item, itemSchema, `${path}[${index}]`));
  return [...causes, ...within, ...checkDuplicates(items, schema, path)];
};

const checkDuplicates: Check<readonly unknown[]> = (items, schema, path) => {
  const keys = listMapKeys(schema);
  if (keys === undefined && !isSet(schema)) return [];
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const identity =
      keys === undefined
        ? item
        : Object.fromEntries(keys.map((key) => [key, isObject(item) ? own(item, key) : undefined]));
    const text = JSON.stringify(identity);
    if (seen.has(text)) return [duplicate(`${path}[${index}]`, identity)];
    seen.add(text);
    return [];
  });
};

const checkObject: Check<JsonObject> = (object, schema, path) => {
  const count = Object.keys(object).length;
  const many =
    schema.maxProperties !== undefined && count > schema.maxProperties
      ? [tooMany(path, count, schema.maxProperties)]
      : [];
  const missing = (schema.required ?? [])
    .filter((key) => own(object, key) === undefined)
    .map((key) => required(child(path, key)));
  const within = Object.keys(object)
    .toSorted()
    .flatMap((key) => {
      const value = own(object, key);
      const declared = schema.properties;
      const others = typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;
      const known = declared !== undefined && Object.hasOwn(declared, key) ? declared[key] : others;
      return known === undefined || value === undefined ? [] : validate(value, known, child(path, key));
    });
  return [...many, ...missing, ...within];
};

function child(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

const checkCombinations: Check<unknown> = (value, schema, path) => {
  const passes = (candidate: Schema) => validate(value, candidate, path).length === 0;
  const causes: StatusCause[] = [];
  const say = (detail: string) => causes.push(invalidValue(path, value, `"${path}" ${detail}`));
  if (schema.anyOf !== undefined && !schema.anyOf.some(passes)) say('must validate at least one schema (anyOf)');
  if (schema.oneOf !== undefined && schema.oneOf.filter(passes).length !== 1)
    say('must validate one and only one schema (oneOf)');
  if (schema.not !== undefined && passes(schema.not)) say('must not validate the schema (not)');
  return [...causes, ...(schema.allOf ?? []).flatMap((candidate) => validate(value, candidate, path))];
};
