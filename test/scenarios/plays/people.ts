// People who interfere: they pause, edit, delete and restart things while a migration is under way.
import { expect } from 'vitest';
import {
  apply,
  gone,
  HELD,
  letGo,
  midway,
  nodeIs,
  nodePhases,
  patchSpec,
  phase,
  records,
  remove,
  retry,
  stalled,
} from '../actions.ts';
import { configText, deletePod, everywhere, modes, podUIDs, writeConfig } from '../cluster.ts';
import type { Scenario, Stage } from '../stage.ts';

export const PEOPLE: readonly Scenario[] = [
  { title: 'a paused migration finishes the node in transit and starts no other', play: paused },
  { title: 'a node whose pod restarts out of turn is noticed, verified and counted', play: outOfTurn },
  { title: 'a hand edit of the mode stops the migration with the writer’s name, and a retry goes on', play: handEdit },
  { title: 'a migration deleted in mid-flight leaves no node half-way', play: deletedInFlight },
  { title: 'two operators: one acts, and the other takes over when it is killed', play: takeOver },
];

async function paused(stage: Stage): Promise<void> {
  await stage.startOperator();
  await apply(stage, 'slow', { mode: 'nftables', ...HELD });
  await nodeIs(stage, 'slow', 'n2', ['Verifying']);
  await patchSpec(stage, 'slow', { paused: true });
  await phase(stage, 'slow', ['Paused']);
  await letGo(stage, 'slow');
  await nodeIs(stage, 'slow', 'n2', ['Switched']);
  const status = await phase(stage, 'slow', ['Paused']);
  expect(status.message).toContain('spec.paused');
  expect(await nodePhases(stage, 'slow')).toEqual({ n1: 'Pending', n2: 'Switched', n3: 'Pending' });
  await patchSpec(stage, 'slow', { paused: false });
  await phase(stage, 'slow', ['Succeeded']);
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
}

async function outOfTurn(stage: Stage): Promise<void> {
  await stage.startOperator();
  await apply(stage, 'jump', { mode: 'nftables', ...HELD });
  await nodeIs(stage, 'jump', 'n2', ['Verifying']);
  const before = (await podUIDs(stage))['n1'];
  await deletePod(stage, 'n1');
  const replaced = async (): Promise<boolean> => ![undefined, before].includes((await podUIDs(stage))['n1']);
  await stage.until('n1 to have a new pod', replaced);
  const jumped = (await podUIDs(stage))['n1'];
  await letGo(stage, 'jump');
  await phase(stage, 'jump', ['Succeeded']);
  expect((await podUIDs(stage))['n1'], 'n1 is not rolled again').toBe(jumped);
  const record = (await records(stage, 'jump')).get('n1');
  expect(record).toMatchObject({ phase: 'Switched', outOfTurn: true, reason: 'SwitchedOutOfTurn' });
}

async function handEdit(stage: Stage): Promise<void> {
  const original = await configText(stage);
  await stage.startOperator();
  await midway(stage, 'fought', { mode: 'nftables' });
  await writeConfig(stage, original);
  const status = await stalled(stage, 'fought', 'ConfigMapChanged');
  expect(status.message).toContain('scenario-author');
  await letGo(stage, 'fought');
  await nodeIs(stage, 'fought', 'n3', ['Switched']);
  expect(await nodePhases(stage, 'fought')).toEqual({ n1: 'Pending', n2: 'Switched', n3: 'Switched' });
  expect(await configText(stage), 'the other writer is not fought').toBe(original);
  await retry(stage, 'fought');
  await phase(stage, 'fought', ['Succeeded']);
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
}

async function deletedInFlight(stage: Stage): Promise<void> {
  const original = await configText(stage);
  await stage.startOperator();
  await midway(stage, 'dropped', { mode: 'nftables' });
  await remove(stage, 'dropped');
  await letGo(stage, 'dropped');
  await gone(stage, 'dropped');
  expect(await configText(stage)).toBe(original);
  expect(await modes(stage)).toEqual(everywhere(stage, 'iptables'));
  const collected = async (): Promise<boolean> => (await records(stage, 'dropped')).size === 0;
  await stage.until('its NodeMigrations to be collected', collected);
}

async function takeOver(stage: Stage): Promise<void> {
  const first = await stage.startOperator();
  const second = await stage.startOperator();
  await midway(stage, 'shared', { mode: 'nftables' });
  const before = await podUIDs(stage);
  await first.kill();
  await letGo(stage, 'shared');
  await phase(stage, 'shared', ['Succeeded']);
  expect(second.running).toBe(true);
  const after = await podUIDs(stage);
  expect([after['n2'], after['n3']], 'n2 and n3 are not rolled again').toEqual([before['n2'], before['n3']]);
  expect(await modes(stage)).toEqual(everywhere(stage, 'nftables'));
}
