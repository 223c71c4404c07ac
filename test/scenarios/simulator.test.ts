// The catalogue, played on the simulator.
import { describe, it } from 'vitest';
import { SCENARIOS } from './catalogue.ts';
import { hasKubectl, simulatorStage } from './simulator-stage.ts';
import type { Scenario } from './stage.ts';

const isPlayed = ({ needsKubectl }: Scenario): boolean => hasKubectl || needsKubectl === undefined;

describe('on the simulator', () => {
  it.each(SCENARIOS.filter(isPlayed))('simulator: $title', async ({ play }) => {
    const stage = await simulatorStage();
    try {
      await play(stage);
    } finally {
      await stage.close();
    }
  });
});
