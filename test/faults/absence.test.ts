// While nobody could ask, nobody failed: an operator, or an API server, that was away for longer than a node may take
// finds the node as it is, and goes on from there.
import { expect, it } from 'vitest';
import { apply } from '../scenarios/actions.ts';
import { simulatorStage, type SimulatorStage } from '../scenarios/simulator-stage.ts';
import { gate } from './gate.ts';
import { over, recordsOf, stateOf } from './story.ts';

const TIMEOUT = 60_000;
const SPEC = { mode: 'nftables', rollout: { nodeTimeout: '60s' }, verify: { soak: '20s' } } as const;
const AWAY = 1.5 * TIMEOUT;

async function verifying(stage: SimulatorStage): Promise<void> {
  const isVerifying = (): boolean => recordsOf(stage).some(({ status }) => status?.phase === 'Verifying');
  await stage.until('a node to be verified', isVerifying);
}

const ALL_WELL = {
  phase: 'Succeeded',
  modes: ['n1 nftables', 'n2 nftables', 'n3 nftables'],
  deletions: ['n1 1', 'n2 1', 'n3 1'],
  finalizers: [],
};

it('an operator that was away for longer than nodeTimeout while a node was verified goes on from there', async () => {
  const stage = await simulatorStage({ speed: 10 });
  try {
    await apply(stage, 'm', SPEC);
    const first = stage.startWithoutElection();
    await verifying(stage);
    await first.kill();
    await stage.clock.sleep(AWAY);
    stage.startWithoutElection();
    await over(stage, 'Succeeded');
    expect(stateOf(stage)).toMatchObject(ALL_WELL);
  } finally {
    await stage.close();
  }
});

it('an API server that was away for longer than nodeTimeout while a node was verified fails nobody', async () => {
  const stage = await simulatorStage({ speed: 10 });
  const way = await gate(stage.simulator.url);
  try {
    await apply(stage, 'm', SPEC);
    const operator = stage.startWithoutElection({ server: way.url });
    await verifying(stage);
    way.shut();
    await stage.clock.sleep(AWAY);
    way.open();
    await over(stage, 'Succeeded');
    expect(stateOf(stage)).toMatchObject(ALL_WELL);
    expect(operator.running, 'the same one').toBe(true);
  } finally {
    await stage.close();
    await way.close();
  }
});
