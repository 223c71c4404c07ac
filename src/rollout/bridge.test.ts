import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Plan } from './decision.ts';
import { ModelWorld } from './testing/model-world.ts';

const ROLLOUT = { maxUnavailable: 2, nodeTimeout: '2m' } as const;

function worldWith(bridge: 'Auto' | 'Always' | 'Never', nodes = 4): ModelWorld {
  return new ModelWorld(nodes, { mode: 'nftables', rollout: { ...ROLLOUT, bridge } });
}

/** Nodes whose kube-proxy this plan replaces though they have no bridge. */
function uncovered(world: ModelWorld, decided: Plan): string[] {
  return decided.deletePods.filter(({ node }) => !world.node(node).bridged).map(({ node }) => node);
}

/** Steps to the end, and watches that every replacement happens behind a bridge. */
function play(world: ModelWorld, steps = 400): void {
  for (let step = 0; step < steps && world.status.finishedAt === undefined; step++) {
    expect(uncovered(world, world.plan())).toEqual([]);
    world.step();
  }
}

/** Nodes that have one, or whose record does not say that it is gone. */
function bridged(world: ModelWorld): string[] {
  const standing = ({ facts: { name }, bridged: has }: ReturnType<ModelWorld['node']>): boolean => {
    const { bridge } = world.records.get(name)?.status ?? {};
    return has || (bridge !== undefined && bridge.downAt === undefined);
  };
  return [...world.nodes.values()].filter(standing).map(({ facts }) => facts.name);
}

describe('a bridge', () => {
  it('is up before a kube-proxy is replaced, and down when the migration is over', () => {
    const world = worldWith('Auto');
    play(world);
    expect(world.status.phase).toBe('Succeeded');
    expect(bridged(world)).toEqual([]);
    for (const { status } of world.records.values()) {
      const { wantedAt = '', upAt = '', downAt = '' } = status.bridge ?? {};
      expect([wantedAt, upAt, downAt].toSorted()).toEqual([wantedAt, upAt, downAt]);
      expect(downAt).not.toBe('');
    }
  });

  it('is not wanted where nobody asks for it, or nobody reaches nodes', () => {
    const world = worldWith('Never');
    const away = new ModelWorld(2, {
      mode: 'nftables',
      nodeAccess: { type: 'None' },
      rollout: { ...ROLLOUT, bridge: 'Auto' },
    });
    for (const one of [world, away]) {
      one.settle();
      expect(one.status.phase).toBe('Succeeded');
      expect([...one.records.values()].some(({ status }) => status.bridge !== undefined)).toBe(false);
    }
  });

  it('serves nodes that are given back and taken back, and is down at the end', () => {
    const world = worldWith('Auto');
    world.node('n4').behaviour = { nftables: 'crashes' };
    play(world);
    expect(world.status.phase).toBe('RolledBack');
    expect(Object.values(world.modes())).toEqual(['iptables', 'iptables', 'iptables', 'iptables']);
    expect(bridged(world)).toEqual([]);
  });

  it('stays on a node that serves neither mode, and is refreshed', () => {
    const world = worldWith('Auto', 2);
    world.node('n1').behaviour = { nftables: 'crashes' };
    while (world.phases()['n1'] !== 'Restoring') world.step();
    world.node('n1').behaviour = { nftables: 'crashes', iptables: 'crashes' };
    for (let step = 0; step < 600; step++) world.step();
    expect(world.phases()['n1']).toBe('Stranded');
    expect(bridged(world)).toEqual(['n1']);
    const again = world.plan().tasks.find(({ kind }) => kind === 'bridge');
    expect(again).toMatchObject({ node: 'n1' });
    expect(again?.since).toBeGreaterThan(world.now - 60_000);
  });

  it('that cannot be had does not hold a node up, which says so', () => {
    const world = worldWith('Auto', 2);
    world.node('n1').taskProblem = 'no nft there';
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(world.deletions()).toEqual({ n1: 1, n2: 1 });
    expect(world.records.get('n1')?.status.bridge).toMatchObject({ problem: expect.stringContaining('no nft there') });
  });

  it('that must be had and cannot holds a node up, and goes on when it can', () => {
    const world = worldWith('Always', 1);
    world.node('n1').taskProblem = 'no nft there';
    for (let step = 0; step < 300; step++) world.step();
    expect(world.deletions()).toEqual({ n1: 0 });
    expect(world.ready()).toEqual({ status: 'False', reason: 'PreparationFailed' });
    expect(world.status.message).toContain('no nft there');
    world.node('n1').taskProblem = undefined;
    play(world);
    expect(world.status.phase).toBe('Succeeded');
    expect(bridged(world)).toEqual([]);
  });

  it('that must be had does not hold up the way back', () => {
    const world = worldWith('Always', 2);
    while (world.phases()['n2'] !== 'Verifying') world.step();
    for (const name of ['n1', 'n2']) world.node(name).taskProblem = 'no room for a helper';
    world.deleting = true;
    world.settle(900);
    expect(world.finalizer).toBe(false);
    expect(Object.values(world.modes())).toEqual(['iptables', 'iptables']);
  });

  it('that cannot be taken down is named in the record, and does not keep the migration from its end', () => {
    const world = worldWith('Auto', 1);
    while (world.phases()['n1'] !== 'Verifying') world.step();
    world.node('n1').taskProblem = 'no room for a helper';
    world.settle(600);
    expect(world.status.phase).toBe('Succeeded');
    expect(world.records.get('n1')?.status.bridge).toMatchObject({
      leftAt: expect.any(String),
      problem: expect.stringContaining('no room for a helper'),
    });
  });

  it('is taken down when the migration is deleted half-way', () => {
    const world = worldWith('Auto');
    while (world.phases()['n1'] !== 'Verifying') world.step();
    world.deleting = true;
    world.settle(600);
    expect(world.finalizer).toBe(false);
    expect(bridged(world)).toEqual([]);
  });

  it('is built anew for an operator that comes later, before it replaces anything', () => {
    const world = worldWith('Auto', 1);
    while (world.records.get('n1')?.status.bridge?.upAt === undefined) {
      const decided = world.plan();
      if (decided.deletePods.length > 0) break;
      world.step();
    }
    world.forget();
    world.node('n1').bridged = false;
    world.now += 600_000;
    play(world);
    expect(world.status.phase).toBe('Succeeded');
  });

  it('never outlives its migration, wherever the operator is ended, and covers every replacement', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 5, maxLength: 60 }),
        fc.constantFrom('works', 'crashes', 'falls-back', 'never-syncs'),
        (crashes, behaviour) => {
          const world = worldWith('Auto', 3);
          world.node('n3').behaviour = { nftables: behaviour };
          for (const effects of crashes) {
            expect(uncovered(world, world.plan())).toEqual([]);
            world.step(effects);
            if (effects === 6) world.forget();
          }
          play(world, 1500);
          expect(world.status.finishedAt).toBeDefined();
          expect(bridged(world)).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
