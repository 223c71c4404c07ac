// A world in which nothing happens is left alone: whatever state a migration has come to rest in, an hour goes by without
// a single write.
import { expect, it } from 'vitest';
import { apply, nodeIs, phase, stalled } from '../scenarios/actions.ts';
import { removeDaemonSet, writeConfig } from '../scenarios/cluster.ts';
import { simulatorStage, type SimulatorStage } from '../scenarios/simulator-stage.ts';
import { warpClock } from './warp-clock.ts';

const HOUR = 3_600_000;

type Rest = { readonly state: string; reach(stage: SimulatorStage): Promise<unknown> };

const TO_NFTABLES = { mode: 'nftables' } as const;

const RESTS: readonly Rest[] = [
  {
    state: 'Succeeded',
    reach: async (stage) => {
      await apply(stage, 'm', TO_NFTABLES);
      await phase(stage, 'm', ['Succeeded']);
    },
  },
  {
    state: 'RolledBack',
    reach: async (stage) => {
      await apply(stage, 'm', { mode: 'ipvs' });
      await phase(stage, 'm', ['RolledBack']);
    },
  },
  {
    state: 'Failed, with onFailure Pause',
    reach: async (stage) => {
      stage.simulator.node('n3').cannotRun('nftables', 'no-nft');
      await apply(stage, 'm', { ...TO_NFTABLES, onFailure: 'Pause' });
      await stalled(stage, 'm', 'NodeFailed');
    },
  },
  {
    state: 'Planned',
    reach: async (stage) => {
      await apply(stage, 'm', { ...TO_NFTABLES, dryRun: true });
      await phase(stage, 'm', ['Planned']);
    },
  },
  {
    state: 'Paused',
    reach: async (stage) => {
      await apply(stage, 'm', { ...TO_NFTABLES, paused: true });
      await phase(stage, 'm', ['Paused']);
    },
  },
  {
    state: 'Blocked, by a right that is missing',
    reach: async (stage) => {
      stage.simulator.api.deny({ user: 'proxymode', verb: 'create', resource: 'pods/portforward' });
      await apply(stage, 'm', TO_NFTABLES);
      await stalled(stage, 'm', 'Forbidden');
    },
  },
  {
    state: 'Blocked, without a DaemonSet',
    reach: async (stage) => {
      await removeDaemonSet(stage);
      await apply(stage, 'm', TO_NFTABLES);
      await stalled(stage, 'm', 'KubeProxyNotFound');
    },
  },
  {
    state: 'Blocked, by a ConfigMap that cannot be read',
    reach: async (stage) => {
      await writeConfig(stage, 'mode: [iptables\n');
      await apply(stage, 'm', TO_NFTABLES);
      await stalled(stage, 'm', 'ConfigUnparsable');
    },
  },
  {
    state: 'Progressing, with a node that is NotReady for longer than an hour',
    reach: async (stage) => {
      await apply(stage, 'm', { ...TO_NFTABLES, rollout: { nodeTimeout: '100h' }, verify: { soak: '50h' } });
      await nodeIs(stage, 'm', 'n2', ['Verifying']);
      stage.simulator.node('n2').setReady(false);
    },
  },
];

it.concurrent.each(RESTS)('an hour without a write: $state', async ({ reach }) => {
  const clock = warpClock(20);
  const stage = await simulatorStage({ clock });
  try {
    stage.startWithoutElection();
    await reach(stage);
    const count = (): number => stage.simulator.requests.writes({ userAgent: 'proxymode' }).length;
    // What is told a little later than it is done, on a machine that may be slow: until a minute has passed without it.
    let before = -1;
    while (before !== count()) {
      before = count();
      await clock.sleep(60_000);
    }
    clock.speedUp(1200);
    await clock.sleep(HOUR);
    const writes = stage.simulator.requests.writes({ userAgent: 'proxymode' }).slice(before);
    expect(writes.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
  } finally {
    clock.speedUp(20);
    await stage.close();
  }
});
