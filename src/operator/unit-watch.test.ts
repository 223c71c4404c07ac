import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../kopf-ts/testing/fake-clock.ts';
import { createMemoryLog } from '../kopf-ts/testing/memory-log.ts';
import type { UnitOrder } from './replace-unit.ts';
import { configOf, FIRST, recorded, SECOND, UNIT, unitNode, wish, type UnitNode } from './testing/units.ts';
import { UnitWatch } from './unit-watch.ts';

let node: UnitNode;
let clock: FakeClock;
let units: UnitWatch;
let changes: number;
let opened: number;
let way: Error | undefined;

beforeEach(() => {
  node = unitNode();
  clock = createFakeClock();
  changes = 0;
  opened = 0;
  way = undefined;
  units = new UnitWatch({
    open: async () => {
      opened++;
      if (way !== undefined) throw way;
      return node.open();
    },
    wanted: () => ({}),
    clock,
    log: createMemoryLog(),
    changed: () => void changes++,
  });
});
afterEach(() => {
  units.stop();
  node.remove();
});

const slowly = new Map([['n1', false]]);
const quickly = new Map([['n1', true]]);
const seen = (): string | undefined => units.look('n1')?.seen?.facts.process.uid;

function order(): UnitOrder {
  return { node: 'n1', uid: FIRST, wish: wish('target', recorded(configOf('iptables'), node.file)) };
}

async function looked(): Promise<void> {
  units.watch(slowly);
  await clock.advanceUntil(() => units.look('n1') !== undefined, 0);
}

describe('a unit', () => {
  it('is looked at, and again, and a pass is called for what has changed', async () => {
    await looked();
    expect(seen()).toBe(FIRST);
    expect(changes).toBe(1);
    await clock.advanceUntil(() => opened > 2, 5000);
    expect(changes).toBe(1);
    node.setUnit(UNIT, { InvocationID: SECOND });
    await clock.advanceUntil(() => seen() === SECOND, 5000);
    expect(changes).toBe(2);
  });

  it('is looked at more often in transit, at once', async () => {
    await looked();
    const before = opened;
    units.watch(quickly);
    await clock.advanceUntil(() => opened > before, 0);
    await clock.advanceUntil(() => opened > before + 1, 500);
    expect(opened).toBe(before + 2);
  });

  it('that cannot be reached is told why, and is not forgotten', async () => {
    await looked();
    way = new Error('the host key is another');
    await clock.advanceUntil(() => units.look('n1')?.problem !== undefined, 5000);
    expect(units.look('n1')?.problem).toBe('the host key is another');
    expect(seen()).toBe(FIRST);
  });

  it('answers until it has not for a while', async () => {
    await looked();
    const began = clock.now();
    expect(units.look('n1')).toMatchObject({ answers: true, since: began });
    way = new Error('no route to host');
    await clock.advanceUntil(() => units.look('n1')?.problem !== undefined, 5000);
    expect(units.look('n1')).toMatchObject({ answers: true, since: began });
    const before = changes;
    await clock.advanceUntil(() => units.look('n1')?.answers === false, 5000);
    expect(clock.now() - began).toBeGreaterThanOrEqual(40_000);
    expect(changes).toBe(before + 1);
    expect(units.look('n1')?.since).toBe(clock.now());
    way = undefined;
    await clock.advanceUntil(() => units.look('n1')?.answers === true, 5000);
  });

  it('does not answer where it never has', async () => {
    way = new Error('no route to host');
    await looked();
    expect(units.look('n1')).toMatchObject({ answers: false, problem: 'no route to host' });
  });

  it('answers, whatever is wrong with its unit', async () => {
    node.setUnit(UNIT, { LoadState: 'masked' });
    await looked();
    expect(units.look('n1')).toMatchObject({ answers: true, problem: expect.stringContaining('masked') as string });
  });

  it('does not answer where systemd does not', async () => {
    node.onShow("echo 'Failed to connect to bus: No such file or directory' >&2; exit 1");
    await looked();
    expect(units.look('n1')).toMatchObject({
      answers: false,
      problem: 'systemd on node n1 does not answer: Failed to connect to bus: No such file or directory',
    });
  });

  it('whose connection breaks gets a new one', async () => {
    const { ended } = node.open();
    node.shell.answer = { kind: 'unreachable', message: 'the connection broke' };
    await looked();
    expect(units.look('n1')).toMatchObject({ seen: undefined, problem: 'the connection broke' });
    expect(ended).toEqual(['discarded']);
    node.shell.answer = undefined;
    await clock.advanceUntil(() => seen() === FIRST, 5000);
    expect(ended).toEqual(['discarded', 'closed']);
  });

  it('that nobody wants to know of is not looked at any more', async () => {
    await looked();
    units.watch(new Map());
    const before = opened;
    await clock.advance(60_000);
    expect(opened).toBe(before);
    expect(units.look('n1')).toBeUndefined();
  });
});

describe('a replacement', () => {
  it('is under way until its outcome has been seen', async () => {
    await looked();
    units.replace(order());
    expect(units.replacing('n1')).toEqual(order());
    await clock.advanceUntil(() => units.replacing('n1') === undefined, 0);
    expect(seen()).toBe(SECOND);
    expect(node.read()).toBe(configOf('ipvs'));
    expect(units.failure('n1', order())).toBeUndefined();
  });

  it('that is ordered twice is done once', async () => {
    await looked();
    units.replace(order());
    units.replace(order());
    await clock.advanceUntil(() => units.replacing('n1') === undefined, 0);
    expect(node.restarts()).toBe(1);
  });

  it('that could not be done says why, and is tried again only later', async () => {
    await looked();
    node.failRestart('Access denied');
    units.replace(order());
    await clock.advanceUntil(() => units.replacing('n1') === undefined, 0);
    expect(units.failure('n1', order())).toContain('Access denied');
    expect(units.failure('n1', { uid: FIRST, wish: { ...order().wish, aim: 'original' } })).toBeUndefined();
    units.replace(order());
    expect(units.replacing('n1')).toBeUndefined();
    clock.jump(30_000);
    units.replace(order());
    expect(units.replacing('n1')).toEqual(order());
  });

  it('of a node that is out of reach is tried several times', async () => {
    await looked();
    way = new Error('no route to host');
    units.replace(order());
    await clock.advanceUntil(() => units.replacing('n1') === undefined, 1000);
    expect(units.failure('n1', order())).toBe('no route to host');
    expect(opened).toBeGreaterThan(4);
  });
});

it('the end of the journal is that of the node', async () => {
  node.setJournal('E1122 server.go:1] "can\'t use the IPVS proxier"\n');
  await looked();
  expect(await units.lastLines('n1')).toContain("can't use the IPVS proxier");
});
