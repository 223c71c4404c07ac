// Careful reading of what has no type here: custom resources, YAML inside ConfigMaps.
import { parse } from 'yaml';
import { known, unseen } from '../known.ts';
import type { Known } from '../known.ts';

export type Fields = Readonly<Record<string, unknown>>;

function asFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** Of what is kept by names that others give: `constructor` and the like are no entries. */
export function own<T>(all: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(all, name) ? all[name] : undefined;
}

/** undefined when anything above is missing. */
export function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((below, key) => asFields(below)[key], value);
}

export function textAt(value: unknown, path: readonly string[]): string | undefined {
  const found = at(value, path);
  return typeof found === 'string' ? found : undefined;
}

/** Strings, numbers and booleans as text. */
export function scalarText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined;
}

/** YAML or JSON text that is a mapping. `where` names it in the reason. */
export function parseFields(text: string, where: string): Known<Fields> {
  try {
    const value: unknown = parse(text, { version: '1.1', maxAliasCount: 10, logLevel: 'silent' });
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return known(asFields(value));
    return unseen(`${where} is no mapping`);
  } catch (error) {
    return unseen(
      `${where} cannot be read: ${error instanceof Error ? error.message.split('\n', 1)[0] : String(error)}`,
    );
  }
}
