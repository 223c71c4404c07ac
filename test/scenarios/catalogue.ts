// The scenarios. Each is played on the simulator (simulator.test.ts) and on the real lab (test/lab/scenarios.test.ts),
// word for word the same, so that the simulator cannot drift from the truth.
import { expect } from 'vitest';
import { NODE_MIGRATIONS } from '../../src/api/kinds.ts';
import {
  annotate,
  apply,
  configText,
  deletePod,
  everywhere,
  gone,
  modes,
  nodePhases,
  patchSpec,
  phase,
  podUIDs,
  remove,
  statusOf,
  writeConfig,
} from './actions.ts';
import type { Stage } from './stage.ts';

export type Scenario = { readonly title: string; play(stage: Stage): Promise<void> };

export const SCENARIOS: readonly Scenario[] = [
  { title: 'iptables to nftables and back, with every byte of the ConfigMap kept', play: thereAndBack },
  {
    title: 'a mode no node can run gives the first node its old mode back and names kube-proxy’s own reason',
    play: cannotRun,
  },
  { title: 'the same from nftables, where the node had lost its rules meanwhile', play: cannotRunFromNftables },
  { title: 'a dry run shows order and diff and touches nothing', play: dryRun },
  { title: 'a paused migration finishes the node in transit and starts no other', play: paused },
  { title: 'a node whose pod restarts out of turn is noticed, verified and counted', play: outOfTurn },
  { title: 'a hand edit of the mode stops the migration with the writer’s name, and a retry goes on', play: handEdit },
  { title: 'a migration deleted in mid-flight leaves no node half-way', play: deletedInFlight },
  { title: 'two operators: one acts, and the other takes over when it is killed', play: takeOver },
  { title: 'bad input stalls with what, where and what to do, and changes nothing', play: badInput },
];

async function inTransit(stage: Stage, name: string, node: string): Promise<void> {
  const moving = async (): Promise<boolean> =>
    ['Switching', 'Verifying'].includes((await nodePhases(stage, name))[node] ?? '');
  await stage.until(`${node} to be in transit`, moving);
}

async function thereAndBack(stage: Stage): Promise<void> {
  const original = await configText(stage);
  await stage.startOperator();
  for (const mode of ['nftables', 'iptables'] as const) {
    const before = await podUIDs(stage);
    const probes = await stage.probeServices();
    await apply(stage, `to-${mode}`, { mode });
    stage.say(await stage.kubectl('wait', '--for=condition=Ready', `pmm/to-${mode}`, '--timeout=300s'));
    for (const report of await probes.stop()) {
      stage.say(
        `${mode}: ${report.node}: ${report.failed} of ${report.total} new connections failed, over ${report.failSpanMs} ms`,
      );
    }
    stage.say(await stage.kubectl('get', 'pmm,nmig'));
    expect(await modes(stage)).toEqual(everywhere(stage, mode));
    expect(await nodePhases(stage, `to-${mode}`)).toEqual(everywhere(stage, 'Switched'));
    const after = await podUIDs(stage);
    for (const node of stage.nodes) expect(after[node], `${node} has a new pod`).not.toBe(before[node]);
    const status = await statusOf(stage, `to-${mode}`);
    expect(status).toMatchObject({
      progress: '3/3',
      phase: 'Succeeded',
      nodes: { total: 3, switched: 3, failed: 0, fellBack: 0 },
    });
    await remove(stage, `to-${mode}`);
    await gone(stage, `to-${mode}`);
  }
  expect(await configText(stage)).toBe(original);
}

async function cannotRun(stage: Stage): Promise<void> {
  const original = await configText(stage);
  await stage.startOperator();
  await apply(stage, 'to-ipvs', { mode: 'ipvs' });
  const status = await phase(stage, 'to-ipvs', ['RolledBack', 'Failed', 'Succeeded']);
  expect(status.phase).toBe('RolledBack');
  expect(status.failures?.[0]).toMatchObject({ node: 'n2', result: 'Failed' });
  expect(status.message).toContain("can't use the IPVS proxier: ipvs not supported");
  expect(await modes(stage)).toEqual(everywhere(stage, 'iptables'));
  expect(await configText(stage)).toBe(original);
  expect(await nodePhases(stage, 'to-ipvs')).toEqual({ n1: 'Pending', n2: 'Failed', n3: 'Pending' });
  for (const node of stage.nodes) await stage.until(`${node} to serve`, () => stage.serves(node), 30_000);
  stage.say(await stage.kubectl('get', 'pmm,nmig'));
}

async function cannotRunFromNftables(stage: Stage): Promise<void> {
  await stage.startOperator();
  await apply(stage, 'first', { mode: 'nftables' });
  await phase(stage, 'first', ['Succeeded']);
  const probes = await stage.probeServices();
  await apply(stage, 'to-ipvs', { mode: 'ipvs', onFailure: 'Pause' });
  const status = await phase(stage, 'to-ipvs', ['RolledBack', 'Failed', 'Succeeded']);
  for (const report of await probes.stop()) {
    stage.say(
      `nftables to ipvs: ${report.node}: ${report.failed} of ${report.total} new connections failed, over ${report.failSpanMs} ms`,
    );
  }
  expect(status.message).toContain("can't use the IPVS proxier: ipvs not supported");
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
  for (const node of stage.nodes) await stage.until(`${node} to serve`, () => stage.serves(node), 30_000);
}

async function dryRun(stage: Stage): Promise<void> {
  const [original, pods] = [await configText(stage), await podUIDs(stage)];
  await stage.startOperator();
  await apply(stage, 'look', { mode: 'nftables', dryRun: true });
  const status = await phase(stage, 'look', ['Planned']);
  expect(status.plan?.order).toEqual(['n2', 'n3', 'n1']);
  expect(status.plan?.diff).toMatch(/^\+\s*mode: "?nftables"?$/m);
  expect(await nodePhases(stage, 'look')).toEqual({});
  expect([await configText(stage), await podUIDs(stage)]).toEqual([original, pods]);
}

async function paused(stage: Stage): Promise<void> {
  await stage.startOperator();
  await apply(stage, 'slow', { mode: 'nftables' });
  await inTransit(stage, 'slow', 'n2');
  await patchSpec(stage, 'slow', { paused: true });
  await phase(stage, 'slow', ['Paused']);
  await stage.until(
    'the node in transit to be finished',
    async () => ((await statusOf(stage, 'slow')).nodes?.inFlight ?? 1) === 0,
    120_000,
  );
  const nodes = await nodePhases(stage, 'slow');
  expect(nodes['n2']).toBe('Switched');
  expect(nodes['n1']).toBe('Pending');
  await patchSpec(stage, 'slow', { paused: false });
  await phase(stage, 'slow', ['Succeeded']);
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
}

async function outOfTurn(stage: Stage): Promise<void> {
  await stage.startOperator();
  await apply(stage, 'jump', { mode: 'nftables' });
  await inTransit(stage, 'jump', 'n2');
  await deletePod(stage, 'n1');
  await stage.until('n1 to have a new pod', async () => (await podUIDs(stage))['n1'] !== undefined);
  const jumped = (await podUIDs(stage))['n1'];
  await phase(stage, 'jump', ['Succeeded']);
  expect((await podUIDs(stage))['n1'], 'n1 is not rolled again').toBe(jumped);
  const record = await stage.client.get(NODE_MIGRATIONS, { name: 'jump.n1' });
  expect(record?.status).toMatchObject({ phase: 'Switched', outOfTurn: true, reason: 'SwitchedOutOfTurn' });
}

async function handEdit(stage: Stage): Promise<void> {
  const original = await configText(stage);
  await stage.startOperator();
  await apply(stage, 'fought', { mode: 'nftables' });
  await stage.until('n2 to be switched', async () => (await nodePhases(stage, 'fought'))['n2'] === 'Switched', 120_000);
  await writeConfig(stage, original);
  const status = await phase(stage, 'fought', ['Blocked']);
  expect(status.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({
    status: 'True',
    reason: 'ConfigMapChanged',
  });
  expect(status.message).toContain('scenario-author');
  expect(await configText(stage), 'the other writer is not fought').toBe(original);
  await annotate(stage, 'fought', { 'proxymode.dev/retry': '1' });
  await phase(stage, 'fought', ['Succeeded']);
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
}

async function deletedInFlight(stage: Stage): Promise<void> {
  const original = await configText(stage);
  await stage.startOperator();
  await apply(stage, 'dropped', { mode: 'nftables' });
  await stage.until(
    'n2 to be switched',
    async () => (await nodePhases(stage, 'dropped'))['n2'] === 'Switched',
    120_000,
  );
  await remove(stage, 'dropped');
  await gone(stage, 'dropped');
  expect(await configText(stage)).toBe(original);
  expect(await modes(stage)).toEqual(everywhere(stage, 'iptables'));
  await stage.until(
    'its NodeMigrations to be collected',
    async () => Object.keys(await nodePhases(stage, 'dropped')).length === 0,
    60_000,
  );
}

async function takeOver(stage: Stage): Promise<void> {
  const first = await stage.startOperator();
  const second = await stage.startOperator();
  await apply(stage, 'shared', { mode: 'nftables' });
  await stage.until('n2 to be switched', async () => (await nodePhases(stage, 'shared'))['n2'] === 'Switched', 120_000);
  const pods = await podUIDs(stage);
  await first.kill();
  await phase(stage, 'shared', ['Succeeded']);
  expect(second.running).toBe(true);
  expect((await podUIDs(stage))['n2'], 'n2 is not rolled again').toBe(pods['n2']);
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
}

async function badInput(stage: Stage): Promise<void> {
  const [original, pods] = [await configText(stage), await podUIDs(stage)];
  await stage.startOperator();
  const stalls = async (name: string, reason: string, words: string): Promise<void> => {
    const status = await phase(stage, name, ['Blocked']);
    expect(status.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({ status: 'True', reason });
    expect(status.message).toContain(words);
    await remove(stage, name);
    await gone(stage, name);
  };
  await expect(apply(stage, 'typo', { mode: 'nftable' as 'nftables' })).rejects.toThrow(/spec\.mode.*nftable/s);
  await apply(stage, 'nobody', { mode: 'nftables', nodeSelector: { matchLabels: { pool: 'none' } } });
  await stalls('nobody', 'NoNodesSelected', 'spec.nodeSelector');
  await apply(stage, 'nowhere', { mode: 'nftables', kubeProxy: { daemonSet: { name: 'kube-proxi' } } });
  await stalls('nowhere', 'KubeProxyNotFound', 'kube-proxi');
  await writeConfig(stage, 'mode: [iptables\n');
  await apply(stage, 'broken', { mode: 'nftables' });
  await stalls('broken', 'ConfigUnparsable', 'config.conf');
  await writeConfig(stage, original);
  expect([await configText(stage), await podUIDs(stage)]).toEqual([original, pods]);
}
