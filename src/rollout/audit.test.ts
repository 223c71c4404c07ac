import { describe, expect, it } from 'vitest';
import type { Plan } from './decision.ts';
import type { AuditResult } from './node-task.ts';
import { ModelWorld } from './testing/model-world.ts';

const ROLLOUT = { maxUnavailable: 1, nodeTimeout: '2m' } as const;
const MISSING: AuditResult['first'][number] = {
  kind: 'missing',
  severity: 'error',
  service: 'default/echo:http',
  where: 'map service-ips',
  what: 'Traffic to 10.96.0.9:80/TCP finds no rule that leads to an endpoint.',
};
const BROKEN: AuditResult = { services: 2, findings: 3, errors: 2, first: [MISSING], isBroken: true };
const LEFTOVER: AuditResult = {
  services: 2,
  findings: 1,
  errors: 1,
  first: [{ kind: 'leftover', severity: 'error', where: 'nat KUBE-SERVICES', what: 'Of iptables mode.' }],
  isBroken: false,
};

function worldWith(audit: 'Skip' | 'Warn' | 'Enforce' | undefined, more: object = {}): ModelWorld {
  const verify = { successes: 3, soak: '0s', ...(audit === undefined ? {} : { audit }) } as const;
  return new ModelWorld(2, { mode: 'nftables', rollout: ROLLOUT, verify, ...more });
}

const statusOf = (world: ModelWorld, node: string) => world.records.get(node)?.status;
const auditOf = (world: ModelWorld, node: string) => statusOf(world, node)?.evidence?.audit;

/** Kinds of tasks that were planned until the end. */
function play(world: ModelWorld, steps = 900): ReadonlySet<string> {
  const kinds = new Set<string>();
  for (let step = 0; step < steps && world.status.finishedAt === undefined; step++)
    for (const { kind } of world.step().tasks) kinds.add(kind);
  return kinds;
}

function untilAuditWanted(world: ModelWorld): void {
  while (!world.plan().tasks.some(({ kind }) => kind === 'audit')) world.step();
}

/** One pass in which the task is planned, and nobody gets to do it. */
function waitInQueue(world: ModelWorld): Plan {
  const decided = world.plan();
  for (const effect of world.effects(decided)) effect.run();
  world.tick({ ...decided, tasks: [] });
  return decided;
}

describe('verify.audit', () => {
  it.each([undefined, 'Skip'] as const)('%s: no rules are read', (audit) => {
    const world = worldWith(audit);
    expect(play(world)).not.toContain('audit');
    expect(world.status.phase).toBe('Succeeded');
    expect(auditOf(world, 'n1')).toBeUndefined();
  });

  it('reads none where nobody reaches nodes', () => {
    const world = worldWith('Enforce', { nodeAccess: { type: 'None' } });
    expect(play(world)).not.toContain('audit');
    expect(world.status.phase).toBe('Succeeded');
  });

  it('a node whose rules do what they should is switched, and its record says what was compared', () => {
    const world = worldWith('Enforce');
    play(world);
    expect(world.status.phase).toBe('Succeeded');
    for (const node of ['n1', 'n2'])
      expect(auditOf(world, node)).toMatchObject({ services: 2, findings: 0, errors: 0, first: [] });
  });

  it('nobody counts as switched before his rules have been compared', () => {
    const world = worldWith('Enforce');
    untilAuditWanted(world);
    for (let pass = 0; pass < 5; pass++) {
      const decided = waitInQueue(world);
      expect(world.phases()['n1']).toBe('Verifying');
      expect(decided.probes.map(({ node }) => node)).toContain('n1');
    }
    play(world);
    expect(world.status.phase).toBe('Succeeded');
  });

  it('Enforce: a node without the right rules has failed, and is given its old mode back', () => {
    const world = worldWith('Enforce');
    world.node('n1').rules = BROKEN;
    play(world);
    expect(world.status.phase).toBe('RolledBack');
    expect(Object.values(world.modes())).toEqual(['iptables', 'iptables']);
    expect(world.deletions()).toEqual({ n1: 2, n2: 0 });
    expect(statusOf(world, 'n1')).toMatchObject({ phase: 'Failed', reason: 'RulesWrong' });
    expect(statusOf(world, 'n1')?.message).toContain(
      'its rules are not what Services demand: default/echo:http, map service-ips: Traffic to 10.96.0.9:80/TCP finds no rule that leads to an endpoint. (and 1 more); back in iptables',
    );
    expect(auditOf(world, 'n1')).toMatchObject({ findings: 3, errors: 2, first: [MISSING] });
  });

  it('Warn: the same node is switched, and says so', () => {
    const world = worldWith('Warn');
    world.node('n1').rules = BROKEN;
    play(world);
    expect(world.status.phase).toBe('Succeeded');
    expect(statusOf(world, 'n1')?.message).toContain('; but its rules are not what Services demand');
    expect(auditOf(world, 'n1')).toMatchObject({ first: [MISSING] });
  });

  it('leftovers fail nobody', () => {
    const world = worldWith('Enforce');
    world.node('n1').rules = LEFTOVER;
    play(world);
    expect(world.status.phase).toBe('Succeeded');
    expect(auditOf(world, 'n1')).toMatchObject({ errors: 1, first: LEFTOVER.first });
  });

  it('rules that cannot be read: Warn goes on and says why, Enforce does not', () => {
    for (const [audit, phase] of [
      ['Warn', 'Succeeded'],
      ['Enforce', 'RolledBack'],
    ] as const) {
      const world = worldWith(audit);
      while (world.phases()['n1'] !== 'Verifying') world.step();
      world.node('n1').taskProblem = 'no room for a helper';
      play(world);
      expect(world.status.phase).toBe(phase);
      expect(auditOf(world, 'n1')).toMatchObject({ problem: 'no room for a helper' });
    }
  });

  it('Enforce: a node is given up only when tries have failed for two minutes', () => {
    const world = worldWith('Enforce');
    world.node('n1').taskProblem = 'no room for a helper';
    untilAuditWanted(world);
    for (let step = 0; step < 115; step++) world.step();
    expect(world.phases()['n1']).toBe('Verifying');
    for (let step = 0; step < 40; step++) world.step();
    expect(auditOf(world, 'n1')).toMatchObject({ problem: 'no room for a helper' });
    expect(world.deletions()['n1']).toBe(2);
  });

  it('Enforce: the time a try waits for its turn is not held against the node', () => {
    const world = worldWith('Enforce');
    world.node('n1').taskProblem = 'no room for a helper';
    untilAuditWanted(world);
    for (let step = 0; step < 5; step++) world.step();
    for (let pass = 0; pass < 600; pass++) waitInQueue(world);
    expect(world.phases()['n1']).toBe('Verifying');
    world.node('n1').taskProblem = undefined;
    play(world);
    expect(world.status.phase).toBe('Succeeded');
  });

  it('what is verified, and only waits for its audit, does not fail for one answer that is missing', () => {
    const world = worldWith('Enforce');
    untilAuditWanted(world);
    for (let pass = 0; pass < 300; pass++) waitInQueue(world);
    const { pod } = world.node('n1');
    if (pod !== undefined) pod.readings = [];
    for (let pass = 0; pass < 5; pass++) waitInQueue(world);
    expect(world.phases()['n1']).toBe('Verifying');
    play(world);
    expect(world.status.phase).toBe('Succeeded');
  });

  it('Enforce: what could not be read at first is tried again', () => {
    const world = worldWith('Enforce');
    while (world.phases()['n1'] !== 'Verifying') world.step();
    world.node('n1').taskProblem = 'no room for a helper';
    for (let step = 0; step < 60; step++) world.step();
    expect(world.phases()['n1']).toBe('Verifying');
    world.node('n1').taskProblem = undefined;
    play(world);
    expect(world.status.phase).toBe('Succeeded');
  });

  it('what was found of a process says nothing of the next one', () => {
    const world = worldWith('Enforce');
    untilAuditWanted(world);
    const [first] = world.plan().tasks;
    world.restart('n1');
    for (let step = 0; step < 2; step++) world.tick();
    untilAuditWanted(world);
    expect(world.plan().tasks.map(({ id }) => id)).not.toContain(first?.id);
  });

  it('goes on after a restart of the operator', () => {
    const world = worldWith('Enforce');
    untilAuditWanted(world);
    world.step();
    world.forget();
    play(world);
    expect(world.status.phase).toBe('Succeeded');
    expect(auditOf(world, 'n1')).toMatchObject({ services: 2 });
  });

  it('does not hold up the way back', () => {
    const world = worldWith('Enforce');
    untilAuditWanted(world);
    world.deleting = true;
    expect(world.plan().tasks.some(({ kind }) => kind === 'audit')).toBe(false);
    world.settle(900);
    expect(world.finalizer).toBe(false);
    expect(Object.values(world.modes())).toEqual(['iptables', 'iptables']);
  });
});
