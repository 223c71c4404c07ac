// The operator is ended at every write it makes: before the write, after it, and, without being ended, with the answer
// lost. Whatever the moment, the cluster must end as in the undisturbed run, and no node may be rolled twice.
import { describe, expect, it } from 'vitest';
import { NODE_MIGRATIONS } from '../../src/api/kinds.ts';
import type { MigrationSpec } from '../../src/api/migration.ts';
import { apply, configText, modes, phase, statusOf } from '../scenarios/actions.ts';
import { simulatorStage, type SimulatorStage } from '../scenarios/simulator-stage.ts';

type Story = {
  readonly title: string;
  readonly spec: Pick<MigrationSpec, 'mode'> & Partial<MigrationSpec>;
  readonly end: string;
};

/** The clock is fast here and machines are slow: no node shall run out of time. */
const SLOWLY = { maxUnavailable: 1, nodeTimeout: '2h' };

const STORIES: readonly Story[] = [
  { title: 'all nodes switch', spec: { mode: 'nftables', rollout: SLOWLY }, end: 'Succeeded' },
  {
    title: 'the last node cannot follow, and all are taken back',
    spec: { mode: 'nftables', rollout: SLOWLY },
    end: 'RolledBack',
  },
];

const MOMENTS = ['before', 'after', 'lostReply'] as const;
const MOST_WRITES = 120;
/** Runs side by side: each waits for sockets most of the time. */
const AT_ONCE = 4;

type End = Readonly<Record<string, unknown>>;

describe.each(STORIES)('$title', ({ spec, end }) => {
  it.each(MOMENTS)(
    'the end is the same with every write disturbed: %s',
    async (moment) => {
      const calm = await play(spec, end);
      const different: string[] = [];
      // How many writes there are depends on time (counters are held back): go on until a run has fewer.
      let last = Number.POSITIVE_INFINITY;
      let met = 0;
      await inLanes(
        Array.from({ length: MOST_WRITES }, (_, i) => i + 1),
        async (nth) => {
          if (nth > last) return;
          const { state, happened } = await play(spec, end, { nth, moment });
          if (!happened) last = Math.min(last, nth);
          else met++;
          for (const [what, value] of Object.entries(state)) {
            const [is, was] = [JSON.stringify(value), JSON.stringify(calm.state[what])];
            if (is !== was) different.push(`${moment} write ${nth}: ${what} is ${is} instead of ${was}`);
          }
        },
      );
      expect(different.join('\n')).toBe('');
      expect(met).toBeGreaterThan(15);
      expect(last).toBeLessThan(MOST_WRITES);
    },
    600_000,
  );
});

type Disturbance = { readonly nth: number; readonly moment: (typeof MOMENTS)[number] };

async function play(
  spec: Story['spec'],
  end: string,
  disturbance?: Disturbance,
): Promise<{ state: End; happened: boolean }> {
  const stage = await simulatorStage({ speed: 40 });
  try {
    if (end === 'RolledBack') stage.simulator.node('n1').cannotRun('nftables', 'no-nft');
    await apply(stage, 'm', spec);
    const fired = disturbance === undefined ? () => true : disturb(stage, disturbance);
    if (disturbance === undefined) stage.startWithoutElection();
    await phase(stage, 'm', [end], 3_600_000);
    await stage.until('the finalizer to be released', async () => (await finalizers(stage)) === 0);
    return { state: await stateOf(stage), happened: fired() };
  } finally {
    await stage.close();
  }
}

/** Starts an operator that meets the disturbance, and where that ends it, its successor. Returns whether it happened. */
function disturb(stage: SimulatorStage, { nth, moment }: Disturbance): () => boolean {
  const operator = stage.startWithoutElection();
  const replace = (): void => {
    void operator.kill().then(() => stage.startWithoutElection());
  };
  const match = { userAgent: 'proxymode' };
  const armed =
    moment === 'before'
      ? stage.simulator.faults.add({ kind: 'before', match, nth, call: () => (replace(), true) })
      : moment === 'after'
        ? stage.simulator.faults.add({ kind: 'after', match, nth, call: replace })
        : stage.simulator.faults.add({ kind: 'lostReply', match, nth });
  return () => armed.fired === 1;
}

async function finalizers(stage: SimulatorStage): Promise<number> {
  const { items } = await stage.client.list({
    group: 'proxymode.dev',
    version: 'v1alpha1',
    plural: 'proxymodemigrations',
    kind: 'ProxyModeMigration',
    namespaced: false,
  });
  return items.flatMap(({ metadata }) => metadata.finalizers ?? []).length;
}

/** What must not depend on the disturbance: everything but times, names and UIDs. */
async function stateOf(stage: SimulatorStage): Promise<End> {
  const { items } = await stage.client.list(NODE_MIGRATIONS);
  const status = await statusOf(stage, 'm');
  return {
    config: await configText(stage),
    modes: await modes(stage),
    deletions: Object.fromEntries(stage.simulator.nodes.map((node) => [node.name, node.podDeletions])),
    phase: status.phase,
    nodes: status.nodes,
    reasons: status.conditions?.map(({ type, status: truth, reason }) => `${type}=${truth} ${reason}`),
    kept: status.config,
    records: items
      .map(
        ({ spec, status: record }) =>
          `${spec.nodeName} ${record?.phase} ${record?.result} ${record?.reason} ${record?.mode}`,
      )
      .toSorted(),
  };
}

async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const lane = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
