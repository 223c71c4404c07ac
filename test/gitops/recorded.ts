// Migrations as record.ts has recorded them, by the name of the file.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export type Recorded = {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>>; readonly generation: number };
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status?: { readonly phase?: string; readonly message?: string };
};

const FOLDER = join(import.meta.dirname, 'recorded');

export const RECORDED: ReadonlyMap<string, Recorded> = new Map(
  readdirSync(FOLDER).map((file) => {
    const text = readFileSync(join(FOLDER, file), 'utf8');
    return [file.replace('.yaml', ''), parse(text) as Recorded] as const;
  }),
);

export function recorded(name: string): Recorded {
  const object = RECORDED.get(name);
  if (object === undefined) throw new Error(`nobody has recorded ${name}`);
  return object;
}

/** A file that is shipped under docs/gitops. */
export function shipped(file: string): string {
  return readFileSync(join(import.meta.dirname, '../../docs/gitops', file), 'utf8');
}
