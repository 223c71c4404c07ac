// Nodes that fall silent, and which nodes are taken, and how many at once.
import { expect } from 'vitest';
import { apply, HELD, letGo, nodeIs, nodePhases, observed, patchSpec, phase, records, statusOf } from '../actions.ts';
import { configText, everywhere, isReady, modes, podUIDs } from '../cluster.ts';
import type { Scenario, Stage } from '../stage.ts';

export const NODE_STORIES: readonly Scenario[] = [
  { title: 'a kubelet that dies in mid-switch holds the migration up until it is back', play: kubeletDies },
  { title: 'a node that crashes is left out after nodeTimeout, and verified when it is back', play: nodeCrashes },
  { title: 'a node that was silent is looked at anew before its turn', play: silentComesBack },
  { title: 'with maxUnavailable 2 two nodes are in transit at once, and the control plane waits', play: twoAtOnce },
  { title: 'only selected nodes are switched, and the others are watched', play: subset },
];

async function silent(stage: Stage, node: string): Promise<void> {
  await stage.until(`${node} to be NotReady`, async () => !(await isReady(stage, node)), 120_000);
}

async function kubeletDies(stage: Stage): Promise<void> {
  await stage.startOperator();
  await apply(stage, 'patient', { mode: 'nftables', ...HELD });
  await nodeIs(stage, 'patient', 'n2', ['Verifying']);
  await stage.stopKubelet('n2');
  await silent(stage, 'n2');
  const told = async (): Promise<boolean> =>
    (await records(stage, 'patient')).get('n2')?.message?.includes('NotReady') === true;
  await stage.until('the record to say that n2 is NotReady', told);
  await letGo(stage, 'patient');
  await observed(stage, 'patient');
  expect(await nodePhases(stage, 'patient')).toEqual({ n1: 'Pending', n2: 'Verifying', n3: 'Pending' });
  await stage.startKubelet('n2');
  const status = await phase(stage, 'patient', ['Succeeded', 'RolledBack', 'Failed']);
  expect(status).toMatchObject({ phase: 'Succeeded', nodes: { switched: 3, skipped: 0 } });
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
}

async function nodeCrashes(stage: Stage): Promise<void> {
  await stage.startOperator();
  await apply(stage, 'onwards', { mode: 'nftables', ...HELD });
  await nodeIs(stage, 'onwards', 'n2', ['Verifying']);
  await stage.crashNode('n2');
  await silent(stage, 'n2');
  // Paused meanwhile, so that this nodeTimeout is measured on no other node.
  await patchSpec(stage, 'onwards', { paused: true, rollout: { nodeTimeout: '1s' } });
  await nodeIs(stage, 'onwards', 'n2', ['Skipped']);
  await patchSpec(stage, 'onwards', { paused: false, verify: { soak: '0s' }, rollout: HELD.rollout });
  const status = await phase(stage, 'onwards', ['Blocked', 'Succeeded', 'RolledBack', 'Failed']);
  expect(status).toMatchObject({ phase: 'Blocked', nodes: { total: 3, switched: 2, skipped: 1 } });
  expect(status.message).toContain('skipped: n2 (NodeNotReady)');
  await stage.startNode('n2');
  await phase(stage, 'onwards', ['Succeeded']);
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
}

async function silentComesBack(stage: Stage): Promise<void> {
  await stage.startOperator();
  await apply(stage, 'anew', { mode: 'nftables', ...HELD });
  await nodeIs(stage, 'anew', 'n2', ['Verifying']);
  await patchSpec(stage, 'anew', { paused: true, verify: { soak: '0s' } });
  await nodeIs(stage, 'anew', 'n2', ['Switched']);
  await stage.stopKubelet('n3');
  await silent(stage, 'n3');
  await patchSpec(stage, 'anew', { rollout: { nodeTimeout: '1s' } });
  await nodeIs(stage, 'anew', 'n3', ['Skipped']);
  const kept = (await podUIDs(stage))['n3'];
  await stage.startKubelet('n3');
  await patchSpec(stage, 'anew', { paused: false, rollout: HELD.rollout });
  await phase(stage, 'anew', ['Succeeded']);
  const found = await records(stage, 'anew');
  const lookedAt = (node: string): number => Date.parse(found.get(node)?.checkedAt ?? '');
  expect(lookedAt('n3'), 'later than all the others').toBeGreaterThan(lookedAt('n2'));
  expect((await podUIDs(stage))['n3'], 'it was switched in its turn').not.toBe(kept);
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
}

async function twoAtOnce(stage: Stage): Promise<void> {
  await stage.startOperator();
  await apply(stage, 'wide', { mode: 'nftables', ...HELD, rollout: { ...HELD.rollout, maxUnavailable: 2 } });
  await nodeIs(stage, 'wide', 'n2', ['Verifying']);
  await nodeIs(stage, 'wide', 'n3', ['Verifying']);
  const full = async (): Promise<boolean> => (await statusOf(stage, 'wide')).inFlight?.join() === 'n2,n3';
  await stage.until('the status to name both', full);
  expect((await nodePhases(stage, 'wide'))['n1']).toBe('Pending');
  await letGo(stage, 'wide');
  await phase(stage, 'wide', ['Succeeded']);
  const found = await records(stage, 'wide');
  const last = Math.max(...['n2', 'n3'].map((node) => Date.parse(found.get(node)?.startedAt ?? '')));
  expect(Date.parse(found.get('n1')?.startedAt ?? ''), 'n1 begins last').toBeGreaterThan(last);
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
}

async function subset(stage: Stage): Promise<void> {
  const before = await podUIDs(stage);
  await stage.startOperator();
  const nodeSelector = { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['n2'] }] };
  await apply(stage, 'one', { mode: 'nftables', nodeSelector });
  const status = await phase(stage, 'one', ['Succeeded']);
  expect(status).toMatchObject({ progress: '1/1', nodes: { total: 1, switched: 1 } });
  expect(status.message).toContain('2 node(s) outside spec.nodeSelector');
  expect(await modes(stage)).toEqual({ n1: 'iptables', n2: 'nftables', n3: 'iptables' });
  expect(await nodePhases(stage, 'one')).toEqual({ n1: 'Skipped', n2: 'Switched', n3: 'Skipped' });
  expect((await records(stage, 'one')).get('n1')?.reason).toBe('NotSelected');
  expect({ ...(await podUIDs(stage)), n2: '' }, 'no other pod is touched').toEqual({ ...before, n2: '' });
  expect(await configText(stage)).toMatch(/^mode: "?nftables"?$/m);
}
