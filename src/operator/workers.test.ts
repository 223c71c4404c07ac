import { expect, it } from 'vitest';
import { createFakeClock } from '../kopf-ts/testing/fake-clock.ts';
import { createMemoryLog } from '../kopf-ts/testing/memory-log.ts';
import { until } from '../kopf-ts/testing/until.ts';
import type { PodShell } from '../node/pod-shell.ts';
import type { ShellResult } from '../node/shell.ts';
import { ModelWorld } from '../rollout/testing/model-world.ts';
import type { TrialTask } from '../rollout/trial-task.ts';
import type { NodeAccess } from './node-access.ts';
import { NodeImages } from './node-images.ts';
import { createFakeClient } from './testing/fake-client.ts';
import { createWorkers, workAsPlanned } from './workers.ts';

const TRIAL: TrialTask = {
  id: 'trial/n1',
  node: 'n1',
  since: 0,
  mode: 'nftables',
  image: 'kube-proxy:v1.36.3',
  config: '',
  families: [],
  timeout: 300_000,
};

it('trials are made as planned, and end with the others when the migration is let go', async () => {
  const clock = createFakeClock();
  const story: string[] = [];
  const pod: Pick<PodShell, 'run' | 'forward' | 'close'> = {
    run: (_, signal) => {
      const { promise, resolve } = Promise.withResolvers<ShellResult>();
      signal?.addEventListener('abort', () => resolve({ kind: 'unreachable', message: 'stopped' }));
      return promise;
    },
    forward: () => new Promise(() => {}),
    close: async () => void story.push('close'),
  };
  const nodes: Partial<NodeAccess> = {
    openTrial: async ({ id }) => {
      story.push(`open ${id}`);
      return pod as PodShell;
    },
    tidyUp: async () => undefined,
    stop: () => void story.push('stop'),
  };
  const workers = createWorkers({
    client: createFakeClient(),
    clock,
    log: createMemoryLog(),
    nodes: nodes as NodeAccess,
    images: new NodeImages(),
    wantedUnit: () => ({}),
    mark: () => 'mark',
    changed: () => undefined,
  });
  const world = new ModelWorld(1, { mode: 'nftables' });
  workAsPlanned(workers, world.observe(), {
    ...world.plan(),
    probes: [],
    survey: undefined,
    tasks: [],
    trials: [TRIAL],
  });
  await until(() => story.length > 0);
  expect(story).toEqual(['open trial/n1']);
  workers.stop();
  await until(() => story.includes('close'));
  expect(story).toEqual(['open trial/n1', 'stop', 'close']);
});
