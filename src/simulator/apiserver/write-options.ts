// What the query string says about a write, and in whose name it is recorded.
import type { FieldValidation } from './admission.ts';
import type { ResourceCall } from './call.ts';
import type { Writer } from './managed-fields.ts';
import { isTrue } from './request-info.ts';
import { apiVersionOf } from './served.ts';

export type WriteOptions = {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  readonly fieldManager: string | undefined;
  readonly force: boolean;
};

export function writeOptions({ info: { query } }: ResourceCall): WriteOptions {
  const validation = query.get('fieldValidation');
  return {
    dryRun: query.getAll('dryRun').includes('All'),
    fieldValidation: validation === 'Strict' || validation === 'Ignore' ? validation : 'Warn',
    fieldManager: query.get('fieldManager') ?? undefined,
    force: isTrue(query.get('force')),
  };
}

/** Without a fieldManager the program's name counts: what the User-Agent has before the first slash. */
export function writerOf(call: ResourceCall, operation: Writer['operation']): Writer {
  const { served, subresource, logged, server } = call;
  const manager = writeOptions(call).fieldManager ?? logged.userAgent.split('/')[0] ?? 'unknown';
  return { manager, operation, subresource, apiVersion: apiVersionOf(served.resource), now: server.store.clock.now() };
}
