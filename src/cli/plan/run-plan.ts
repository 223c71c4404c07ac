// `plan` from beginning to end: the plan of a migration that is there, or of one that only plans and goes again.
import { systemClock } from 'kopf-ts';
import type { ProxyMode } from '../../api/fields.ts';
import { PROXY_MODE_MIGRATIONS, type ProxyModeMigration } from '../../api/kinds.ts';
import { inCluster, type Cluster } from '../cluster.ts';
import { CommandError } from '../command-error.ts';
import type { ClusterFlags } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { chosen } from '../migration/choose.ts';
import { printObject } from '../migration/print-object.ts';
import { migrationsIn } from '../migration/records.ts';
import { standOf } from '../migration/stand.ts';
import type { ObjectOutput } from '../object-outputs.ts';
import { createProgress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { dryRun, wantedFrom, type Wanted } from './dry-run.ts';
import { renderPlan } from './render-plan.ts';

export type PlanOptions = ClusterFlags & {
  readonly name: string | undefined;
  readonly mode: ProxyMode | undefined;
  readonly filename: string | undefined;
  readonly output: ObjectOutput;
};

export async function runPlan(options: PlanOptions, terminal: Terminal, interrupt: AbortSignal): Promise<number> {
  const wanted = wantedBy(options);
  const progress = createProgress({ stream: terminal.stderr, terminal: terminal.interactive, quiet: false });
  try {
    return await inCluster(options, interrupt, async (cluster) => {
      const tell = onlyNews(progress.step);
      const migration =
        wanted === undefined
          ? chosen(await migrationsIn(cluster.client, cluster.signal), options.name)
          : await planned(wanted, cluster, tell);
      progress.end();
      show(migration, options.output, terminal);
      return exitCodeOf(migration);
    });
  } finally {
    progress.end();
  }
}

/** undefined: the plan of a migration that is there. */
function wantedBy({ name, mode, filename }: PlanOptions): Wanted | undefined {
  if ([name, mode, filename].filter((one) => one !== undefined).length > 1)
    throw new CommandError('name a migration, or --mode, or --filename: one of them');
  if (mode !== undefined) return { name: `to-${mode}`, spec: { mode } };
  return filename === undefined ? undefined : wantedFrom(filename);
}

/** The list first: it says in a sentence where the CRDs are missing. */
async function planned(wanted: Wanted, cluster: Cluster, tell: (message: string) => void): Promise<ProxyModeMigration> {
  await migrationsIn(cluster.client, cluster.signal);
  return dryRun(wanted, cluster, { clock: systemClock, tell });
}

function onlyNews(tell: (message: string) => void): (message: string) => void {
  let told = '';
  return (message) => {
    if (message !== told) tell(message);
    told = message;
  };
}

function show(migration: ProxyModeMigration, output: ObjectOutput, { stdout, columns: width, paint }: Terminal): void {
  if (output !== 'table') stdout.write(printObject(PROXY_MODE_MIGRATIONS, migration, output));
  else
    stdout.write(
      renderPlan(migration, { width, paint })
        .map((line) => `${line.trimEnd()}\n`)
        .join(''),
    );
}

function exitCodeOf(migration: ProxyModeMigration): number {
  if ((migration.status?.preflight?.blocking ?? 0) > 0 || standOf(migration) === 'stalled') return EXIT.blocked;
  return migration.status?.plan === undefined ? EXIT.unknown : EXIT.ready;
}
