// Writes what was read of a live node as the folder that `audit --from` reads.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from 'kopf-ts';
import type { Looked } from '../../operator/audit/audit-node.ts';
import { CommandError } from '../command-error.ts';

/** Before anything is read. Files of another recording would be taken for this one's. @throws CommandError */
export function ensureEmpty(dir: string): void {
  let found: readonly string[];
  try {
    mkdirSync(dir, { recursive: true });
    found = readdirSync(dir);
  } catch (error) {
    throw new CommandError(`nothing can be recorded in ${dir}: ${messageOf(error)}`, { cause: error });
  }
  if (found.length > 0) throw new CommandError(`${dir} is not empty: name a folder that is, or is not there yet`);
}

/** @throws CommandError */
export function saveRecording(dir: string, { texts, recorded }: Pick<Looked, 'texts' | 'recorded'>): void {
  const { services, slices, node } = recorded;
  try {
    mkdirSync(join(dir, 'api'), { recursive: true });
    for (const [name, text] of texts) writeFileSync(join(dir, name), text);
    for (const [name, items] of Object.entries({ services, endpointslices: slices, nodes: [node] }))
      writeFileSync(join(dir, 'api', `${name}.json`), `${JSON.stringify({ items }, undefined, 1)}\n`);
  } catch (error) {
    throw new CommandError(`the recording could not be written to ${dir}: ${messageOf(error)}`, { cause: error });
  }
}
