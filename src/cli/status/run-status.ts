// `status` from beginning to end: read the migrations, and show the one that is meant, or all.
import { systemClock } from 'kopf-ts';
import { PROXY_MODE_MIGRATIONS } from '../../api/kinds.ts';
import { inCluster, type Cluster } from '../cluster.ts';
import { CommandError } from '../command-error.ts';
import type { ClusterFlags } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { chosen, onlyOne } from '../migration/choose.ts';
import { printObject, printObjects } from '../migration/print-object.ts';
import { migrationsIn, recordsOf, zonesIn } from '../migration/records.ts';
import { exitCodeOf, standOf } from '../migration/stand.ts';
import type { ObjectOutput } from '../object-outputs.ts';
import type { Terminal } from '../terminal.ts';
import { renderList } from './render-list.ts';
import { renderStatus } from './render-status.ts';
import { watchStatus } from './watch-status.ts';

export type StatusOptions = ClusterFlags & {
  readonly name: string | undefined;
  readonly output: ObjectOutput;
  readonly watch: boolean;
};

export async function runStatus(options: StatusOptions, terminal: Terminal, interrupt: AbortSignal): Promise<number> {
  if (!options.watch) return inCluster(options, interrupt, (cluster) => once(options, cluster, terminal));
  if (options.output !== 'table')
    throw new CommandError('--watch draws; for a stream of objects: kubectl get pmm -w -o json');
  // What cannot be watched is said within --timeout; watching itself takes as long as it takes.
  let name = '';
  await inCluster(options, interrupt, async ({ client, signal }) => {
    name = chosen(await migrationsIn(client, signal), options.name).metadata.name;
    return EXIT.ready;
  });
  if (interrupt.aborted) return EXIT.interrupted;
  return inCluster({ ...options, timeout: Infinity }, interrupt, (cluster) =>
    watchStatus(name, cluster, terminal, systemClock),
  );
}

async function once({ name, output }: StatusOptions, cluster: Cluster, terminal: Terminal): Promise<number> {
  const { client, signal } = cluster;
  const { stdout, columns: width, paint } = terminal;
  const all = await migrationsIn(client, signal);
  const only = name === undefined ? onlyOne(all) : chosen(all, name);
  if (only === undefined) {
    const nothing = 'no ProxyModeMigration in this cluster\n';
    if (output !== 'table') stdout.write(printObjects(PROXY_MODE_MIGRATIONS, all, output));
    else stdout.write(all.length === 0 ? nothing : lines(renderList(all, width, paint)));
    return all.some((one) => standOf(one) === 'stalled') ? EXIT.blocked : EXIT.ready;
  }
  if (output !== 'table') stdout.write(printObject(PROXY_MODE_MIGRATIONS, only, output));
  else {
    const [records, zones] = await Promise.all([
      recordsOf(client, only.metadata.name, signal),
      zonesIn(client, signal),
    ]);
    const view = { migration: only, records, zones, now: systemClock.now() };
    stdout.write(lines(renderStatus(view, { width, height: Infinity, paint })));
  }
  return exitCodeOf(standOf(only));
}

function lines(of: readonly string[]): string {
  return of.map((line) => `${line.trimEnd()}\n`).join('');
}
