// A tool that owns kube-proxy's ConfigMap as well and sets it back every few seconds, as Argo CD with selfHeal does: the migration stops
// with its name, and then nothing flaps. And a tool that applies the same migration again and again.
import { connect, type Client, type Log } from 'kopf-ts';
import { expect, it } from 'vitest';
import { apply, migration, phase, stalled } from '../scenarios/actions.ts';
import { configText } from '../scenarios/cluster.ts';
import { simulatorStage, type SimulatorStage } from '../scenarios/simulator-stage.ts';
import { CONFIG_MAPS } from '../scenarios/stage.ts';

const TOOL = 'argocd-controller';
const EVERY = 3000;
/** Long enough for ten rounds of the tool, on the stage's clock. */
const LONG = 30_000;
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

/** Sets the ConfigMap back to `text` until it is stopped; resolves then with how often it had to. */
function healing({ simulator, clock }: SimulatorStage, text: string): { stop(): Promise<number> } {
  const kubeConfig = simulator.kubeconfig(TOOL);
  const connection = connect({ kubeConfig, fieldManager: TOOL, userAgent: TOOL, clock, log: quiet });
  const stopped = new AbortController();
  const done = heal(connection.client, text, () => clock.sleep(EVERY, stopped.signal), stopped.signal);
  return {
    async stop() {
      stopped.abort();
      const times = await done;
      await connection.close();
      return times;
    },
  };
}

async function heal(client: Client, text: string, pause: () => Promise<void>, signal: AbortSignal): Promise<number> {
  const configMap = { namespace: 'kube-system', name: 'kube-proxy' };
  let times = 0;
  while (!signal.aborted) {
    const found = await client.get(CONFIG_MAPS, configMap);
    if (found?.data['config.conf'] !== text) {
      times += 1;
      await client.mergePatch(CONFIG_MAPS, configMap, { data: { 'config.conf': text } });
    }
    await pause();
  }
  return times;
}

/** What changes the cluster, by the operator, in the next so many milliseconds. */
async function writesWithin({ simulator, clock }: SimulatorStage, time: number): Promise<readonly string[]> {
  const before = simulator.requests.writes({ user: 'proxymode' }).length;
  await clock.sleep(time);
  const writes = simulator.requests.writes({ user: 'proxymode' }).slice(before);
  return writes.map(({ verb, resource, name }) => `${verb} ${resource} ${name}`);
}

/** Nodes in transit come to an end, counters that were held back are written; who flaps is never quiet. */
function quietAtLast(stage: SimulatorStage): Promise<void> {
  return stage.until('quiet', async () => (await writesWithin(stage, 5000)).length === 0, 120_000);
}

async function onStage(play: (stage: SimulatorStage) => Promise<void>): Promise<void> {
  // slow enough for a busy machine, and no lease that could be lost on one
  const stage = await simulatorStage({ speed: 5 });
  try {
    stage.startWithoutElection();
    await play(stage);
  } finally {
    await stage.close();
  }
}

it('a tool that keeps setting the ConfigMap back stops the migration, and is named; then nothing flaps', () =>
  onStage(async (stage) => {
    const original = await configText(stage);
    const tool = healing(stage, original);
    let rounds = 0;
    try {
      await apply(stage, 'fought', { mode: 'nftables' });
      const status = await stalled(stage, 'fought', 'ConfigMapChanged');
      expect(status.message).toContain(TOOL);
      await quietAtLast(stage);
      expect(await writesWithin(stage, LONG)).toEqual([]);
    } finally {
      rounds = await tool.stop();
    }
    // twice where the tool was there before the operator looked again
    expect(rounds, 'how often the operator wrote the mode').toBeLessThanOrEqual(2);
    expect(await configText(stage)).toBe(original);
    for (const node of stage.nodes) expect(await stage.serves(node), node).toBe(true);
  }));

it('applying the same migration again does nothing, on its way and afterwards', () =>
  onStage(async (stage) => {
    await apply(stage, 'again', { mode: 'nftables' });
    await phase(stage, 'again', ['Progressing', 'Succeeded']);
    await apply(stage, 'again', { mode: 'nftables' });
    await phase(stage, 'again', ['Succeeded']);
    await quietAtLast(stage);
    const before = await migration(stage, 'again');
    await apply(stage, 'again', { mode: 'nftables' });
    expect(await writesWithin(stage, LONG)).toEqual([]);
    const after = await migration(stage, 'again');
    expect([after?.metadata.generation, after?.status]).toEqual([1, before?.status]);
  }));
