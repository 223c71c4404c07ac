// `explain` from beginning to end: find the node's record, and tell it.
import type { Client } from 'kopf-ts';
import { NODE_MIGRATIONS, type NodeMigration } from '../../api/kinds.ts';
import { inCluster } from '../cluster.ts';
import { CommandError } from '../command-error.ts';
import type { ClusterFlags } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { chosen } from '../migration/choose.ts';
import { printObject } from '../migration/print-object.ts';
import { migrationsIn, recordsIn } from '../migration/records.ts';
import type { ObjectOutput } from '../object-outputs.ts';
import type { Terminal } from '../terminal.ts';
import { renderExplain } from './render-explain.ts';

export type ExplainOptions = ClusterFlags & {
  readonly node: string;
  /** Which one's record, where several migrations have one. */
  readonly migration: string | undefined;
  readonly output: ObjectOutput;
};

export async function runExplain(options: ExplainOptions, terminal: Terminal, interrupt: AbortSignal): Promise<number> {
  return inCluster(options, interrupt, async ({ client, signal }) => {
    const record = await recordFor(client, options, signal);
    const { stdout, columns: width, paint } = terminal;
    if (options.output !== 'table') stdout.write(printObject(NODE_MIGRATIONS, record, options.output));
    else
      stdout.write(
        renderExplain(record, { width, paint })
          .map((line) => `${line.trimEnd()}\n`)
          .join(''),
      );
    return record.status?.phase === 'Stranded' ? EXIT.blocked : EXIT.ready;
  });
}

/** The newest one there is, where no migration is named: that is the one people ask about. */
async function recordFor(
  client: Client,
  { node: typed, migration }: ExplainOptions,
  signal: AbortSignal,
): Promise<NodeMigration> {
  const node = typed.replace(/^(?:no|nodes?)\//, '');
  const wanted =
    migration === undefined ? undefined : chosen(await migrationsIn(client, signal), migration).metadata.name;
  const all = await recordsIn(client, { node, migration: wanted }, signal);
  const newest = all.toSorted((a, b) => createdAt(b) - createdAt(a))[0];
  if (newest !== undefined) return newest;
  const whose = wanted === undefined ? 'no migration has' : `migration ${wanted} does not have`;
  throw new CommandError(`${whose} a record of node ${JSON.stringify(node)}`);
}

function createdAt({ metadata }: NodeMigration): number {
  return Date.parse(metadata.creationTimestamp ?? '');
}
