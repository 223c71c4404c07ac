// What a document's value shall be after an edit, computed without the text: the check on every splice.
import type { FieldPath } from './yaml-splice.ts';

/** Copy of `value` in which `path` holds `field`; a missing section, or one that is null, is made. New keys come last. */
export function withField(value: unknown, path: FieldPath, field: unknown): unknown {
  const [first, second] = path;
  const top = asRecord(value);
  return { ...top, [first]: second === undefined ? field : { ...asRecord(top[first]), [second]: field } };
}

/** Copy of `value` without `path`. */
export function withoutField(value: unknown, path: FieldPath): unknown {
  const [first, second] = path;
  if (second === undefined) return without(asRecord(value), first);
  return { ...asRecord(value), [first]: without(asRecord(asRecord(value)[first]), second) };
}

/** Copy of `value` in which the section of `path` is null: what is left of a block section when its only field goes. */
export function emptiedField(value: unknown, path: FieldPath): unknown {
  return { ...asRecord(value), [path[0]]: null };
}

function without(record: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
