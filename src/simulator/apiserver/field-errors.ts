// Field errors in the words of apimachinery pkg/util/validation/field: what `details.causes` and the message are made of.
import type { StatusCause } from './status-errors.ts';

function quoted(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'null');
}

export function required(field: string, detail = ''): StatusCause {
  return {
    reason: 'FieldValueRequired',
    message: detail === '' ? 'Required value' : `Required value: ${detail}`,
    field,
  };
}

export function invalidValue(field: string, value: unknown, detail: string): StatusCause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${quoted(value)}: ${detail}`, field };
}

/** `actual` is the name of the type that was found. */
export function wrongType(field: string, actual: string, expected: string): StatusCause {
  const message = `Invalid value: ${quoted(actual)}: ${inBody(field)} must be of type ${expected}: ${quoted(actual)}`;
  return { reason: 'FieldValueTypeInvalid', message, field };
}

export function unsupported(field: string, value: unknown, supported: readonly unknown[]): StatusCause {
  const list = supported.map((item) => quoted(typeof item === 'string' ? item : JSON.stringify(item))).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${quoted(value)}: supported values: ${list}`,
    field,
  };
}

export function tooLong(field: string, max: number): StatusCause {
  return {
    reason: 'FieldValueTooLong',
    message: `Too long: may not be more than ${max} byte${max === 1 ? '' : 's'}`,
    field,
  };
}

export function tooMany(field: string, count: number, max: number): StatusCause {
  const message = `Too many: ${count}: must have at most ${max} item${max === 1 ? '' : 's'}`;
  return { reason: 'FieldValueTooMany', message, field };
}

export function duplicate(field: string, value: unknown): StatusCause {
  return { reason: 'FieldValueDuplicate', message: `Duplicate value: ${quoted(value)}`, field };
}

export function forbiddenField(field: string, detail: string): StatusCause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${detail}`, field };
}

/** How kube-openapi names the place: `spec.mode in body`. */
export function inBody(field: string): string {
  return `${field} in body`;
}
