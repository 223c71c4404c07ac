// One migration from beginning to end on a cluster of its own, and what is compared afterwards: whatever happened on the
// way, the cluster must end as in the undisturbed run, and no node may be rolled twice.
import {
  NODE_MIGRATIONS,
  PROXY_MODE_MIGRATIONS,
  type NodeMigration,
  type ProxyModeMigration,
} from '../../src/api/kinds.ts';
import { CONFIG_MAPS } from '../../src/simulator/types.ts';
import { apply } from '../scenarios/actions.ts';
import { simulatorStage, type SimulatorStage, type StageOptions } from '../scenarios/simulator-stage.ts';
import type { ConfigMap } from '../scenarios/stage.ts';

export type Story = {
  readonly title: string;
  readonly end: 'Succeeded' | 'RolledBack';
  /** How often a node's record is written at least. */
  readonly records: number;
};

export const SWITCHED: Story = { title: 'all nodes switch', end: 'Succeeded', records: 12 };
export const ROLLED_BACK: Story = {
  title: 'the last node cannot follow, and all are taken back',
  end: 'RolledBack',
  records: 17,
};

/** The clock is fast here and machines are slow: no node shall run out of time. */
const SPEC = { mode: 'nftables', rollout: { nodeTimeout: '100h' } } as const;
const PATIENCE = 2 * 3_600_000;

export type End = Readonly<Record<string, unknown>>;

/** Plays a story to its end; `operate` starts the operators and makes the trouble. */
export async function play(
  { end }: Story,
  operate: (stage: SimulatorStage) => Promise<void> | void,
  options: StageOptions = { speed: 20 },
): Promise<End> {
  const stage = await simulatorStage(options);
  try {
    if (end === 'RolledBack') stage.simulator.node('n1').cannotRun('nftables', 'no-nft');
    await apply(stage, 'm', SPEC);
    await operate(stage);
    await over(stage, end);
    return stateOf(stage);
  } finally {
    await stage.close();
  }
}

/** Waits for the end of the migration. Asks the store, not the server: hundreds of these run side by side. */
export async function over(stage: SimulatorStage, end: Story['end']): Promise<void> {
  const isOver = (): boolean => {
    const object = migrationOf(stage);
    return object?.status?.phase === end && (object.metadata.finalizers ?? []).length === 0;
  };
  try {
    await stage.until(`the migration to be ${end}`, isOver, PATIENCE);
  } catch (error) {
    throw new Error(`stuck: ${JSON.stringify(stateOf(stage))}`, { cause: error });
  }
}

function migrationOf(stage: SimulatorStage): ProxyModeMigration | undefined {
  return stage.simulator.store.get(PROXY_MODE_MIGRATIONS, { name: 'm' }) as ProxyModeMigration | undefined;
}

export function recordsOf(stage: SimulatorStage): readonly NodeMigration[] {
  return stage.simulator.store.list(NODE_MIGRATIONS) as readonly NodeMigration[];
}

/** What must not depend on the trouble: everything but times, names and UIDs. */
export function stateOf({ simulator, ...stage }: SimulatorStage): End {
  const config = simulator.store.get(CONFIG_MAPS, { namespace: 'kube-system', name: 'kube-proxy' });
  const object = migrationOf({ simulator, ...stage });
  const status = object?.status;
  return {
    config: (config as ConfigMap | undefined)?.data['config.conf'],
    modes: simulator.nodes.map((node) => `${node.name} ${node.proxyMode()}`),
    deletions: simulator.nodes.map((node) => `${node.name} ${node.podDeletions}`),
    phase: status?.phase,
    message: status?.message?.replaceAll(/kube-proxy-\w+/g, 'POD'),
    nodes: status?.nodes,
    conditions: status?.conditions?.map(({ type, status: truth, reason }) => `${type}=${truth} ${reason}`),
    kept: status?.config,
    finalizers: object?.metadata.finalizers ?? [],
    records: recordsOf({ simulator, ...stage })
      .map(({ spec, status: record }) =>
        [spec.nodeName, record?.phase, record?.result, record?.reason, record?.mode].join(' '),
      )
      .toSorted(),
  };
}

/** Where two ends differ, in words; empty when they do not. */
export function differences(calm: End, end: End): readonly string[] {
  return Object.entries(end).flatMap(([what, value]) => {
    const [is, was] = [JSON.stringify(value), JSON.stringify(calm[what])];
    return is === was ? [] : [`${what} is ${is} instead of ${was}`];
  });
}
