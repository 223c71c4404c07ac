// A migration that only plans, made for a question and gone with its answer.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Clock } from 'kopf-ts';
import { parse } from 'yaml';
import { PROXY_MODE_MIGRATIONS, type ProxyModeMigration } from '../../api/kinds.ts';
import { API_VERSION } from '../../api/names.ts';
import type { Cluster } from '../cluster.ts';
import { CommandError } from '../command-error.ts';
import { OPERATOR_RUNS } from '../migration/advice.ts';
import { standOf } from '../migration/stand.ts';

/** Of a name: the API takes 63 characters, and the end says what it is. */
const LONGEST = 40;
const BETWEEN_LOOKS = 500;

/** What a person would have applied; `spec` is checked by the API server. */
export type Wanted = { readonly name: string; readonly spec: object };

/** Throws CommandError where the file does not hold one ProxyModeMigration. */
export function wantedFrom(path: string): Wanted {
  let object: Partial<ProxyModeMigration> | null;
  try {
    object = parse(readFileSync(path, 'utf8')) as Partial<ProxyModeMigration> | null;
  } catch (error) {
    const [why = ''] = String(error).split('\n', 1);
    throw new CommandError(`${path} cannot be read: ${why}`, { cause: error });
  }
  if (object?.kind !== PROXY_MODE_MIGRATIONS.kind || typeof object.spec !== 'object' || object.spec === null)
    throw new CommandError(`${path} does not hold a ProxyModeMigration`);
  return { name: object.metadata?.name ?? 'unnamed', spec: object.spec };
}

export type DryRunOptions = {
  readonly clock: Clock;
  /** What it says meanwhile. */
  readonly tell: (message: string) => void;
};

/** Resolves with the migration as it stood when it was planned, or came to a stop. It is deleted in any case. */
export async function dryRun(
  { name, spec }: Wanted,
  { client, signal }: Cluster,
  { clock, tell }: DryRunOptions,
): Promise<ProxyModeMigration> {
  const metadata = { name: `${name.slice(0, LONGEST)}-plan-${randomBytes(3).toString('hex')}` };
  const object = {
    apiVersion: API_VERSION,
    kind: PROXY_MODE_MIGRATIONS.kind,
    metadata,
    spec: { ...spec, dryRun: true },
  };
  const created = await client.create(PROXY_MODE_MIGRATIONS, object as ProxyModeMigration, { signal });
  let isSeen = false;
  try {
    for (;;) {
      const now = await client.get(PROXY_MODE_MIGRATIONS, metadata, { signal });
      if (now === undefined) throw new CommandError('somebody has deleted the dry run');
      isSeen = now.status !== undefined;
      const stand = standOf(now);
      if (stand === 'done' || stand === 'stalled') return now;
      tell(now.status?.message ?? 'Waiting for an operator to see it');
      await clock.sleep(BETWEEN_LOOKS, signal);
      signal.throwIfAborted();
    }
  } catch (error) {
    if (!signal.aborted || isSeen) throw error;
    throw new CommandError(`no operator has seen the dry run; ${OPERATOR_RUNS.what}: ${OPERATOR_RUNS.command}`, {
      cause: error,
    });
  } finally {
    // Also when time is up or a person interrupts: hence without the signal.
    const { uid } = created.metadata;
    await client.delete(PROXY_MODE_MIGRATIONS, metadata, uid === undefined ? {} : { uid });
  }
}
