// A part of the catalogue, played on real nodes with real kube-proxies.
import { beforeAll, describe, it } from 'vitest';
import type { Scenario } from '../scenarios/stage.ts';
import { labStage } from './lab-stage.ts';
import { labUp, type Lab } from './lab.ts';

export function playOnLab(scenarios: readonly Scenario[]): void {
  describe('on the lab', () => {
    let lab: Lab;
    beforeAll(async () => {
      lab = await labUp();
    }, 600_000);

    it.each(scenarios)(
      'lab: $title',
      async ({ play }) => {
        const stage = await labStage(lab);
        try {
          await play(stage);
        } finally {
          await stage.close();
        }
      },
      600_000,
    );
  });
}
