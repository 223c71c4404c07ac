// What cannot work is refused: a Stalled condition says what, where and what to do, and nothing has been changed.
import { expect } from 'vitest';
import { apply, gone, HELD, letGo, migration, nodeIs, phase, records, remove, retry, stalled } from '../actions.ts';
import { configText, everywhere, modes, podUIDs, putDaemonSetBack, removeDaemonSet, writeConfig } from '../cluster.ts';
import type { Right, Scenario, Stage } from '../stage.ts';

export const REFUSALS: readonly Scenario[] = [
  { title: 'bad input stalls with what, where and what to do, and changes nothing', play: badInput },
  { title: 'without the key, or without the DaemonSet, it waits until they are there', play: notThere },
  ...(
    [
      { verb: 'create', resource: 'pods/portforward' },
      { verb: 'patch', resource: 'configmaps' },
    ] as const
  ).map((right): Scenario => ({
    title: `without the right to ${right.verb} ${right.resource} it says so, changes nothing, and goes on once it has it`,
    play: (stage) => forbidden(stage, right),
  })),
  { title: 'a second migration on the same nodes waits for the first, by name, and then goes on', play: conflict },
];

async function badInput(stage: Stage): Promise<void> {
  const [original, pods] = [await configText(stage), await podUIDs(stage)];
  await stage.startOperator();
  const refused = async (name: string, reason: string, words: string): Promise<void> => {
    expect((await stalled(stage, name, reason)).message).toContain(words);
    await remove(stage, name);
    await gone(stage, name);
  };
  await expect(apply(stage, 'typo', { mode: 'nftable' as 'nftables' })).rejects.toThrow(/spec\.mode.*nftable/s);
  await apply(stage, 'nobody', { mode: 'nftables', nodeSelector: { matchLabels: { pool: 'none' } } });
  await refused('nobody', 'NoNodesSelected', 'spec.nodeSelector');
  await apply(stage, 'nowhere', { mode: 'nftables', kubeProxy: { daemonSet: { name: 'kube-proxi' } } });
  await refused('nowhere', 'KubeProxyNotFound', 'kube-proxi');
  await writeConfig(stage, 'mode: [iptables\n');
  await apply(stage, 'broken', { mode: 'nftables' });
  await refused('broken', 'ConfigUnparsable', 'config.conf');
  await writeConfig(stage, original);
  expect([await configText(stage), await podUIDs(stage)]).toEqual([original, pods]);
}

async function notThere(stage: Stage): Promise<void> {
  const original = await configText(stage);
  await stage.startOperator();
  await writeConfig(stage, undefined);
  // Paused, so that it only gets ready.
  await apply(stage, 'early', { mode: 'nftables', paused: true });
  expect((await stalled(stage, 'early', 'ConfigMapNotFound')).message).toContain('has no key config.conf');
  await writeConfig(stage, original);
  await phase(stage, 'early', ['Paused']);
  const daemonSet = await removeDaemonSet(stage);
  expect((await stalled(stage, 'early', 'KubeProxyNotFound')).message).toContain('spec.kubeProxy.daemonSet');
  await putDaemonSetBack(stage, daemonSet);
  await phase(stage, 'early', ['Paused']);
  expect(await untouched(stage, 'early')).toBe(true);
  expect(await configText(stage)).toBe(original);
}

/** True while a migration has neither begun nor left anything anywhere. */
async function untouched(stage: Stage, name: string): Promise<boolean> {
  const object = await migration(stage, name);
  const begun = object?.status?.startedAt !== undefined || (object?.metadata.finalizers ?? []).length > 0;
  // A record may say what the preflight found; that its node was begun with, it says by `before`.
  return !begun && [...(await records(stage, name)).values()].every(({ before }) => before === undefined);
}

async function forbidden(stage: Stage, { verb, resource }: Right): Promise<void> {
  const [original, pods] = [await configText(stage), await podUIDs(stage)];
  const limited = await stage.userWithout({ verb, resource });
  await stage.startOperator({ user: limited.user });
  await apply(stage, 'powerless', { mode: 'nftables' });
  const { message } = await stalled(stage, 'powerless', 'Forbidden');
  expect(message).toContain(`cannot ${verb} ${resource}`);
  expect([await configText(stage), await podUIDs(stage)]).toEqual([original, pods]);
  await limited.grant();
  // It would ask again by itself within half a minute.
  await retry(stage, 'powerless');
  await phase(stage, 'powerless', ['Succeeded']);
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
}

async function conflict(stage: Stage): Promise<void> {
  await stage.startOperator();
  await apply(stage, 'first', { mode: 'nftables', ...HELD });
  await nodeIs(stage, 'first', 'n2', ['Verifying']);
  await apply(stage, 'second', { mode: 'iptables' });
  expect((await stalled(stage, 'second', 'Conflict')).message).toContain('ProxyModeMigration first ');
  await letGo(stage, 'first');
  let early = false;
  const finished = async (): Promise<boolean> => {
    // Looked at before the first one's end is known: what it had done until then it must not have done.
    const waits = await untouched(stage, 'second');
    const over = (await migration(stage, 'first'))?.status?.finishedAt !== undefined;
    early ||= !over && !waits;
    return over;
  };
  await stage.until('the first migration to be finished', finished, 300_000);
  expect(early, 'the second did something while the first was under way').toBe(false);
  await phase(stage, 'second', ['Succeeded']);
  expect((await migration(stage, 'first'))?.status?.phase).toBe('Succeeded');
  expect(await modes(stage)).toEqual(everywhere(stage, 'iptables'));
}
