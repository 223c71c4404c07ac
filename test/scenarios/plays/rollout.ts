// The main road: there, back, and what becomes of a mode that does not run.
import { expect } from 'vitest';
import { apply, gone, LOOKED_AT, nodeIs, nodePhases, phase, records, remove } from '../actions.ts';
import { allServe, configText, everywhere, modes, podUIDs } from '../cluster.ts';
import type { Scenario, Stage } from '../stage.ts';

export const ROLLOUT: readonly Scenario[] = [
  { title: 'iptables to nftables and back, with every byte of the ConfigMap kept', play: thereAndBack },
  {
    title: 'a mode no node can run gives the first node its old mode back and names kube-proxy’s own reason',
    play: cannotRun,
  },
  { title: 'the same from nftables, where the node had lost its rules meanwhile', play: cannotRunFromNftables },
  { title: 'a dry run shows order and diff and touches nothing', play: dryRun },
];

async function thereAndBack(stage: Stage): Promise<void> {
  const original = await configText(stage);
  await stage.startOperator();
  for (const mode of ['nftables', 'iptables'] as const) {
    const name = `to-${mode}`;
    const before = await podUIDs(stage);
    const probes = await stage.probeServices();
    await apply(stage, name, { mode, ...LOOKED_AT });
    await stage.kubectl?.('wait', '--for=condition=Ready', `pmm/${name}`, '--timeout=300s').then(stage.say);
    const status = await phase(stage, name, ['Succeeded']);
    await tellServices(stage, mode, probes);
    await stage.kubectl?.('get', 'pmm,nmig').then(stage.say);
    expect(await modes(stage)).toEqual(everywhere(stage, mode));
    expect(await nodePhases(stage, name)).toEqual(everywhere(stage, 'Switched'));
    const after = await podUIDs(stage);
    for (const node of stage.nodes) expect(after[node], `${node} has a new pod`).not.toBe(before[node]);
    expect(status).toMatchObject({ progress: '3/3', nodes: { total: 3, switched: 3, failed: 0, fellBack: 0 } });
    await remove(stage, name);
    await gone(stage, name);
  }
  expect(await configText(stage)).toBe(original);
}

async function tellServices(stage: Stage, title: string, probes: Awaited<ReturnType<Stage['probeServices']>>) {
  for (const { node, failed, total, failSpanMs } of await probes.stop())
    stage.say(`${title}: ${node}: ${failed} of ${total} new connections failed, over ${failSpanMs} ms`);
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
  const record = (await records(stage, 'to-ipvs')).get('n2');
  expect(record).toMatchObject({ reason: 'CrashLooping', mode: 'iptables', restored: { mode: 'iptables' } });
  expect(record?.evidence?.lastWords).toContain("can't use the IPVS proxier: ipvs not supported");
  await allServe(stage);
  await stage.kubectl?.('get', 'pmm,nmig').then(stage.say);
}

async function cannotRunFromNftables(stage: Stage): Promise<void> {
  await stage.startOperator();
  await apply(stage, 'first', { mode: 'nftables' });
  await phase(stage, 'first', ['Succeeded']);
  const probes = await stage.probeServices();
  await apply(stage, 'to-ipvs', { mode: 'ipvs', onFailure: 'Pause' });
  const status = await phase(stage, 'to-ipvs', ['RolledBack', 'Failed', 'Succeeded']);
  await tellServices(stage, 'nftables to ipvs', probes);
  expect(status.message).toContain("can't use the IPVS proxier: ipvs not supported");
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
  await allServe(stage);
}

async function dryRun(stage: Stage): Promise<void> {
  const [original, pods] = [await configText(stage), await podUIDs(stage)];
  await stage.startOperator();
  await apply(stage, 'look', { mode: 'nftables', dryRun: true });
  const status = await phase(stage, 'look', ['Planned']);
  expect(status.plan?.order).toEqual(['n2', 'n3', 'n1']);
  expect(status.plan?.diff).toMatch(/^\+\s*mode: "?nftables"?$/m);
  for (const node of stage.nodes) await nodeIs(stage, 'look', node, ['Pending']);
  expect([await configText(stage), await podUIDs(stage)]).toEqual([original, pods]);
}
