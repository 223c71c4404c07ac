// Nodes that were away while the others were looked at.
import { describe, expect, it } from 'vitest';
import type { NodeFinding } from '../api/preflight-status.ts';
import { ModelWorld } from './testing/model-world.ts';

const KERNEL: NodeFinding = {
  rule: 'kernel-min-nft',
  verdict: 'block',
  blocking: true,
  message: 'Kernel 4.18 is older than 5.13.',
};
const NEEDS = { modules: ['br_netfilter'], sysctls: [] };
const MINUTE = 60_000;

/** n2 is away while the migration begins, and back while another node is in transit. */
function withAbsentee(): ModelWorld {
  const world = new ModelWorld(4, { mode: 'nftables' });
  world.setReady('n2', false);
  while (world.status.config?.appliedAt === undefined) world.step();
  return world;
}

function lookedAt(world: ModelWorld, name: string): string | undefined {
  return world.records.get(name)?.status.checkedAt;
}

describe('a node that was away when the others were looked at', () => {
  it('is looked at before its turn', () => {
    const world = withAbsentee();
    expect(lookedAt(world, 'n2')).toBeUndefined();
    world.setReady('n2', true);
    const back = world.now;
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(Date.parse(lookedAt(world, 'n2') ?? '')).toBeGreaterThanOrEqual(back);
    expect(world.deletions()).toEqual({ n1: 1, n2: 1, n3: 1, n4: 1 });
  });

  it('is not touched where something stands in its way, and the others go on', () => {
    const world = withAbsentee();
    world.node('n2').check = { findings: [KERNEL] };
    world.setReady('n2', true);
    for (let i = 0; i < 100; i++) world.step();
    expect(world.phases()).toEqual({ n1: 'Switched', n2: 'Pending', n3: 'Switched', n4: 'Switched' });
    expect(world.deletions()['n2']).toBe(0);
    expect(world.ready()).toEqual({ status: 'False', reason: 'PreflightBlocked' });
    expect(world.status.message).toContain('node n2 came after the others had been looked at, and is not touched');
    expect(world.status.message).toContain('kernel-min-nft: Kernel 4.18 is older than 5.13');
    expect(world.records.get('n2')?.status.findings).toEqual([KERNEL]);
    expect(world.step().records, 'what is stored already is not written again').toEqual([]);
  });

  it('is not touched while nobody can look at it, and that is told', () => {
    const world = withAbsentee();
    world.lookProblem = 'no credentials';
    world.setReady('n2', true);
    for (let i = 0; i < 100; i++) world.step();
    expect(world.phases()).toEqual({ n1: 'Switched', n2: 'Pending', n3: 'Switched', n4: 'Switched' });
    expect(world.ready()).toEqual({ status: 'False', reason: 'LookFailed' });
    expect(world.status.message).toContain('no credentials');
    world.lookProblem = undefined;
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
  });

  it('gets its turn once the cause is gone', () => {
    const world = withAbsentee();
    world.node('n2').check = { findings: [KERNEL] };
    world.setReady('n2', true);
    for (let i = 0; i < 100; i++) world.step();
    world.node('n2').check = {};
    world.now += 5 * MINUTE;
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(world.records.get('n2')?.status.findings).toBeUndefined();
  });

  it('is made ready before its turn', () => {
    const world = withAbsentee();
    world.node('n2').check = { needs: NEEDS };
    world.setReady('n2', true);
    while (world.deletions()['n2'] === 0) world.step();
    expect([...world.node('n2').changed]).toEqual(['br_netfilter']);
    expect(world.records.get('n2')?.status.preparation?.doneAt).toBeDefined();
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
  });

  it('is looked at again when the operator that looked is no more', () => {
    const world = withAbsentee();
    world.node('n2').check = { findings: [KERNEL] };
    world.setReady('n2', true);
    for (let i = 0; i < 100; i++) world.step();
    world.node('n2').check = {};
    world.forget();
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
  });
});

describe('a node that was looked at, and was away afterwards', () => {
  it('is looked at once more, because it may have come back with another kernel', () => {
    const world = new ModelWorld(3, { mode: 'nftables', rollout: { maxUnavailable: 1, nodeTimeout: '1m' } });
    while (world.status.config?.appliedAt === undefined) world.step();
    world.setReady('n3', false);
    world.now += 2 * MINUTE;
    while (world.phases()['n3'] !== 'Skipped') world.step();
    world.node('n3').check = { findings: [KERNEL] };
    world.setReady('n3', true);
    for (let i = 0; i < 100; i++) world.step();
    expect([world.phases()['n3'], world.deletions()['n3']]).toEqual(['Pending', 0]);
    expect(world.ready().reason).toBe('PreflightBlocked');
  });

  it('is looked at once more, too, when it was away for a moment only', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    while (world.status.config?.appliedAt === undefined) world.step();
    const first = lookedAt(world, 'n3');
    expect(first).toBeDefined();
    world.setReady('n3', false);
    world.step();
    world.node('n3').check = { findings: [KERNEL] };
    world.setReady('n3', true);
    for (let i = 0; i < 100; i++) world.step();
    expect([world.phases()['n3'], world.deletions()['n3']]).toEqual(['Pending', 0]);
    expect(lookedAt(world, 'n3')).toBeUndefined();
    world.node('n3').check = {};
    world.now += 5 * MINUTE;
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(Date.parse(lookedAt(world, 'n3') ?? '')).toBeGreaterThan(Date.parse(first ?? ''));
  });

  it('is looked at only once by a clock that is behind that of the cluster', () => {
    const world = new ModelWorld(2, { mode: 'nftables' });
    const { facts } = world.node('n2');
    world.node('n2').facts = { ...facts, readyChangedAt: world.now + MINUTE };
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
  });
});
