// A verb from beginning to end: read, decide, write under the version that was read, and wait where there is something to wait for.
import { ApiError, systemClock, type Clock } from 'kopf-ts';
import { PROXY_MODE_MIGRATIONS, type ProxyModeMigration } from '../../api/kinds.ts';
import { inCluster, type Cluster } from '../cluster.ts';
import { CommandError } from '../command-error.ts';
import type { ClusterFlags } from '../command.ts';
import { EXIT } from '../exit-codes.ts';
import { chosen } from '../migration/choose.ts';
import { printObject } from '../migration/print-object.ts';
import { migrationsIn } from '../migration/records.ts';
import type { ObjectOutput } from '../object-outputs.ts';
import { createProgress, type Progress } from '../progress.ts';
import type { Terminal } from '../terminal.ts';
import { decide, type Decision, type Verb } from './decide.ts';
import { untilGone, untilPhase, type Waiting } from './wait.ts';

export type ChangeOptions = ClusterFlags & {
  readonly verb: Verb;
  readonly name: string | undefined;
  readonly output: ObjectOutput;
  readonly wait: boolean;
};

/** The operator writes the status meanwhile: then one looks again, and decides again. */
const TRIES = 10;

export async function runChange(options: ChangeOptions, terminal: Terminal, interrupt: AbortSignal): Promise<number> {
  const progress = createProgress({ stream: terminal.stderr, terminal: terminal.interactive, quiet: false });
  try {
    return await inCluster(options, interrupt, (cluster) =>
      change(options, { cluster, terminal, progress, clock: systemClock }),
    );
  } finally {
    progress.end();
  }
}

type Stage = {
  readonly cluster: Cluster;
  readonly terminal: Terminal;
  readonly progress: Progress;
  readonly clock: Clock;
};

async function change(options: ChangeOptions, stage: Stage): Promise<number> {
  const { cluster, terminal, clock } = stage;
  for (let left = TRIES; ; left--) {
    const migration = chosen(await migrationsIn(cluster.client, cluster.signal), options.name);
    const decision = decide(options.verb, migration, clock.now());
    if (decision.kind === 'refused') throw new CommandError(decision.why);
    try {
      const after = await carryOut(decision, migration, cluster);
      tell(decision, after, options, terminal);
      return await wait(decision, after, options, stage);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 409 || left === 1) throw error;
    }
  }
}

async function carryOut(
  decision: Decision,
  migration: ProxyModeMigration,
  { client, signal }: Cluster,
): Promise<ProxyModeMigration> {
  const { name, uid, resourceVersion } = migration.metadata;
  const patch = decision.kind === 'patch' || decision.kind === 'delete' ? decision.patch : undefined;
  const after =
    patch === undefined
      ? migration
      : await client.mergePatch(PROXY_MODE_MIGRATIONS, { name }, under(patch, resourceVersion), { signal });
  if (decision.kind === 'delete')
    await client.delete(PROXY_MODE_MIGRATIONS, { name }, { signal, ...(uid === undefined ? {} : { uid }) });
  return after;
}

function under(patch: { readonly metadata?: object }, resourceVersion: string | undefined): object {
  return { ...patch, metadata: { ...patch.metadata, resourceVersion } };
}

function tell(decision: Decision, after: ProxyModeMigration, { output }: ChangeOptions, { stdout }: Terminal): void {
  if (output !== 'table') stdout.write(printObject(PROXY_MODE_MIGRATIONS, after, output));
  else if (decision.kind !== 'refused') stdout.write(`${decision.said}\n`);
}

async function wait(
  decision: Decision,
  after: ProxyModeMigration,
  { wait: wanted }: ChangeOptions,
  stage: Stage,
): Promise<number> {
  const { cluster, progress, clock } = stage;
  const waiting: Waiting = { client: cluster.client, signal: cluster.signal, clock, tell: progress.step };
  if (!wanted) return EXIT.ready;
  if (decision.kind === 'delete') return untilGone(after, waiting);
  if (decision.kind === 'patch' && decision.until !== undefined) return untilPhase(after, decision.until, waiting);
  return EXIT.ready;
}
