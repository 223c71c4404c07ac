// Scenarios that only the lab can play: the simulator's API server is the simulator.
import { beforeAll, describe, expect, it } from 'vitest';
import { letGo, midway, nodePhases, phase, statusOf } from '../scenarios/actions.ts';
import { everywhere, modes, podUIDs } from '../scenarios/cluster.ts';
import { labStage } from './lab-stage.ts';
import { labUp, type Lab } from './lab.ts';

describe('only on the lab', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await labUp();
  }, 600_000);

  it('an API server that is restarted in mid-flight only makes it wait', async () => {
    const stage = await labStage(lab);
    try {
      const operator = await stage.startOperator();
      await midway(stage, 'interrupted', { mode: 'nftables' });
      const before = await podUIDs(stage);
      await lab.stopApiServer();
      await expect(statusOf(stage, 'interrupted')).rejects.toThrow();
      await lab.startApiServer();
      expect(await nodePhases(stage, 'interrupted')).toEqual({ n1: 'Pending', n2: 'Switched', n3: 'Verifying' });
      await letGo(stage, 'interrupted');
      await phase(stage, 'interrupted', ['Succeeded']);
      const after = await podUIDs(stage);
      expect([after['n2'], after['n3']], 'n2 and n3 are not rolled again').toEqual([before['n2'], before['n3']]);
      expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
      expect(operator.running).toBe(true);
    } finally {
      await stage.close();
    }
  });
});
