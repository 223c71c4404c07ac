// The catalogue, played on the simulator.
import { it } from 'vitest';
import { SCENARIOS } from './catalogue.ts';
import { simulatorStage } from './simulator-stage.ts';

it.each(SCENARIOS)('simulator: $title', async ({ play }) => {
  const stage = await simulatorStage();
  try {
    await play(stage);
  } finally {
    await stage.close();
  }
});
