// Records a migration in every phase, as the API server gives it to Argo CD and Flux: `node test/gitops/record.ts`, when the shape of
// the status has changed. The recordings are what the tests beside this file judge.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { apply, HELD, migration, patchSpec, phase } from '../scenarios/actions.ts';
import { simulatorStage, type SimulatorStage } from '../scenarios/simulator-stage.ts';
import type { MigrationInput } from '../scenarios/stage.ts';

const FOLDER = join(import.meta.dirname, 'recorded');
const NAME = 'recorded';

const NFTABLES = { mode: 'nftables' } as const;
/** Phases that a migration comes to because the last node cannot run the mode. */
const FAILING: ReadonlySet<string> = new Set(['RollingBack', 'RolledBack', 'Failed']);

/** The spec that leads to each phase. */
const PHASES: Readonly<Record<string, MigrationInput>> = {
  Pending: { ...NFTABLES, nodeAccess: {}, preflight: {} },
  Planned: { ...NFTABLES, dryRun: true },
  Progressing: { ...NFTABLES, ...HELD },
  Paused: { ...NFTABLES, paused: true },
  RollingBack: NFTABLES,
  Succeeded: NFTABLES,
  RolledBack: NFTABLES,
  Failed: { ...NFTABLES, onFailure: 'Pause' },
  Blocked: { ...NFTABLES, preflight: {} },
};

async function onStage(play: (stage: SimulatorStage) => Promise<void>): Promise<void> {
  const stage = await simulatorStage();
  try {
    await play(stage);
  } finally {
    await stage.close();
  }
}

async function write(stage: SimulatorStage, file: string): Promise<void> {
  const { metadata, ...rest } = (await migration(stage, NAME)) ?? { metadata: { name: NAME } };
  // who wrote which field is half of it, and no business of these tests
  const { managedFields: _dropped, ...kept } = metadata;
  writeFileSync(join(FOLDER, `${file}.yaml`), stringify({ ...rest, metadata: kept }, { lineWidth: 0 }));
}

for (const [name, spec] of Object.entries(PHASES)) {
  await onStage(async (stage) => {
    if (FAILING.has(name)) stage.simulator.node('n1').cannotRun('nftables', 'no-nft');
    await stage.startOperator();
    await apply(stage, NAME, spec);
    await phase(stage, NAME, [name]);
    await write(stage, name);
  });
}

// Two that are no phase: nobody has looked at it yet, and nobody has looked at it since its spec was changed.
await onStage(async (stage) => {
  await apply(stage, NAME, NFTABLES);
  await write(stage, 'untouched');
  const operator = await stage.startOperator();
  await phase(stage, NAME, ['Succeeded']);
  await operator.kill();
  await patchSpec(stage, NAME, { onFailure: 'Pause' });
  await write(stage, 'stale');
});
