// Strategy Assist: somebody else owns kube-proxy's configuration, changes it and restarts kube-proxies; the migration looks, and says.
import { expect } from 'vitest';
import { apply, gone, nodeIs, nodePhases, phase, records, remove, stalled, statusOf } from '../actions.ts';
import { configText, deletePod, everywhere, modes, podUIDs, writeConfig } from '../cluster.ts';
import type { Scenario, Stage } from '../stage.ts';

export const ASSIST: readonly Scenario[] = [
  {
    title: 'somebody else changes the mode and replaces the pods: every node is verified, nothing is written',
    play: verified,
  },
  {
    title: 'a node on which somebody else’s change does not work is named, and counts once it is put right',
    play: named,
  },
];

const STRATEGY = { rollout: { strategy: 'Assist' } } as const;

/** What a person, a provider or a GitOps tool writes. */
async function change(stage: Stage, from: string, to: string): Promise<void> {
  const text = await configText(stage);
  const changed = text.replace(new RegExp(`^mode: "?${from}"?$`, 'm'), `mode: "${to}"`);
  expect(changed, `the ConfigMap says ${from}`).not.toBe(text);
  await writeConfig(stage, changed);
}

async function replace(stage: Stage, node: string): Promise<void> {
  const before = (await podUIDs(stage))[node];
  await deletePod(stage, node);
  const isNew = async (): Promise<boolean> => ![undefined, before].includes((await podUIDs(stage))[node]);
  await stage.until(`${node} to have a new pod`, isNew);
}

async function waiting(stage: Stage, name: string): Promise<void> {
  const isWaiting = async (): Promise<boolean> => {
    const ready = (await statusOf(stage, name)).conditions?.find(({ type }) => type === 'Ready');
    return ready?.reason === 'WaitingForUpstreamChange';
  };
  await stage.until(`${name} to wait for somebody`, isWaiting, 300_000);
}

async function verified(stage: Stage): Promise<void> {
  // It may not write what it says it does not write.
  const { user } = await stage.userWithout({ verb: 'patch', resource: 'configmaps' });
  await stage.startOperator({ user });
  await apply(stage, 'assist', { mode: 'nftables', ...STRATEGY });
  await waiting(stage, 'assist');
  const [text, pods] = [await configText(stage), await podUIDs(stage)];
  const before = await statusOf(stage, 'assist');
  expect(before.message).toContain('make the change of status.plan.diff');
  expect(before.plan?.diff).toContain('nftables');
  await change(stage, 'iptables', 'nftables');
  const told = await statusOf(stage, 'assist');
  expect(told.progress).toBe('0/3');
  for (const node of ['n2', 'n3', 'n1']) {
    await replace(stage, node);
    await nodeIs(stage, 'assist', node, ['Switched']);
  }
  const status = await phase(stage, 'assist', ['Succeeded']);
  expect(status).toMatchObject({ progress: '3/3', nodes: { switched: 3, failed: 0, fellBack: 0 } });
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
  expect((await records(stage, 'assist')).get('n2')).toMatchObject({
    before: { mode: 'iptables' },
    evidence: { mode: 'nftables' },
  });
  expect(await configText(stage), 'the ConfigMap is as somebody wrote it').toBe(
    text.replace(/^mode: .*$/m, 'mode: "nftables"'),
  );
  expect(Object.values(await podUIDs(stage)).some((uid) => Object.values(pods).includes(uid))).toBe(false);
}

async function named(stage: Stage): Promise<void> {
  await stage.startOperator();
  await apply(stage, 'assist', { mode: 'ipvs', ...STRATEGY });
  await waiting(stage, 'assist');
  await change(stage, 'iptables', 'ipvs');
  await replace(stage, 'n2');
  const status = await stalled(stage, 'assist', 'UpstreamChangeFailed');
  stage.say(status.message ?? '');
  expect(status.message).toContain('n2: kube-proxy ended with exit code 1');
  expect(status.failures?.map(({ node }) => node)).toEqual(['n2']);
  expect(await nodePhases(stage, 'assist')).toEqual({ n1: 'Pending', n2: 'Failed', n3: 'Pending' });
  const text = await configText(stage);
  // Nobody but its owner takes it back.
  expect(text).toContain('mode: "ipvs"');
  await change(stage, 'ipvs', 'iptables');
  await replace(stage, 'n2');
  await nodeIs(stage, 'assist', 'n2', ['Pending']);
  await waiting(stage, 'assist');
  expect(await modes(stage)).toEqual(everywhere(stage, 'iptables'));
  await remove(stage, 'assist');
  await gone(stage, 'assist');
}
