// A writer that watches the ConfigMap, as operators of distributions do, takes an edit back before anybody can see it.
import { expect, it } from 'vitest';
import { apply, phase, retry, stalled, statusOf } from './actions.ts';
import { configText } from './cluster.ts';
import { simulatorStage } from './simulator-stage.ts';
import { CONFIG_MAPS } from './stage.ts';

it('who sets the ConfigMap back at once is not fought either', async () => {
  const stage = await simulatorStage({ speed: 3 });
  const original = await configText(stage);
  let rounds = 0;
  const stop = stage.simulator.store.subscribe(({ type, resource, object }) => {
    if (resource.plural !== 'configmaps' || object.metadata.name !== 'kube-proxy' || type !== 'MODIFIED') return;
    const { data } = object as { data?: Record<string, string> };
    if (data?.['config.conf'] === original) return;
    rounds += 1;
    queueMicrotask(() =>
      stage.simulator.store.update(CONFIG_MAPS, { namespace: 'kube-system', name: 'kube-proxy' }, (found) => ({
        ...found,
        data: { 'config.conf': original },
      })),
    );
  });
  stage.startWithoutElection();
  await apply(stage, 'fought', { mode: 'nftables' });
  await stalled(stage, 'fought', 'ConfigMapChanged');
  expect(rounds).toBeLessThan(3);
  expect((await statusOf(stage, 'fought')).message).toContain('no other node is touched');
  stop();
  await retry(stage, 'fought');
  await phase(stage, 'fought', ['Succeeded']);
  await stage.close();
}, 120_000);
