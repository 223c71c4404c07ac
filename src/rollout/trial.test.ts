import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MigrationSpec } from '../api/migration.ts';
import { CONFIG, ModelWorld } from './testing/model-world.ts';

const NO_IPVS = "it ended with exit code 1: can't use the IPVS proxier: ipvs not supported";
const ROLLOUT = { maxUnavailable: 2, nodeTimeout: '2m' } as const;

type Trial = 'Skip' | 'PerGroup' | 'PerNode';

function worldWith(trial: Trial, nodes = 3, spec: Partial<MigrationSpec> = {}): ModelWorld {
  const preflight = { trial, ...spec.preflight } as MigrationSpec['preflight'];
  return new ModelWorld(nodes, { mode: 'nftables', rollout: ROLLOUT, ...spec, preflight } as never);
}

function accept(world: ModelWorld, ...rules: string[]): void {
  world.spec = { ...world.spec, preflight: { ...world.spec.preflight, accept: rules } };
  world.generation++;
}

function trials(world: ModelWorld): number[] {
  return [...world.nodes.values()].map((node) => node.trials);
}

function stalledBy(world: ModelWorld): string {
  const { reason, status, message } = world.status.conditions?.find(({ type }) => type === 'Stalled') ?? {};
  return status === 'True' ? `${reason}: ${message}` : '';
}

/** Untouched: the ConfigMap has its bytes, and no pod was replaced. */
function expectUntouched(world: ModelWorld): void {
  expect(world.config.text).toBe(CONFIG);
  expect(Object.values(world.deletions())).toEqual([...world.nodes].map(() => 0));
}

describe('the trial', () => {
  it('is made on every node, or on one of those that are alike, or on none', () => {
    const made = { PerNode: [1, 1, 1], PerGroup: [1, 0, 0], Skip: [0, 0, 0] };
    for (const trial of ['PerNode', 'PerGroup', 'Skip'] as const) {
      const world = worldWith(trial);
      world.settle();
      expect(world.status.phase).toBe('Succeeded');
      expect(trials(world), trial).toEqual(made[trial]);
    }
  });

  it('is made once for each kernel, operating system and architecture', () => {
    const world = worldWith('PerGroup', 4);
    for (const name of ['n3', 'n4']) world.node(name).facts = { ...world.node(name).facts, system: 'Linux 6.1, arm64' };
    world.settle();
    expect(trials(world)).toEqual([1, 0, 1, 0]);
  });

  it('leaves what it measured in the record of the node', () => {
    const world = worldWith('PerGroup');
    world.settle();
    expect(world.records.get('n1')?.status.trial).toMatchObject({
      outcome: 'Passed',
      firstSyncMilliseconds: 1500,
      what: 'kube-proxy:v1.36.3: Linux 6.12, Debian 12, amd64',
    });
    expect(world.records.get('n2')?.status.trial).toBeUndefined();
  });

  it('comes before the ConfigMap is edited, and after nodes were made ready', () => {
    const world = worldWith('PerNode');
    world.node('n2').check = { needs: { modules: ['nft_fib'], sysctls: [] } };
    for (let step = 0; step < 100 && world.config.text === CONFIG; step++) {
      if (world.plan().trials.length > 0) expect([...world.node('n2').changed]).toEqual(['nft_fib']);
      world.step();
    }
    expect(world.config.text).not.toBe(CONFIG);
    expect(trials(world)).toEqual([1, 1, 1]);
  });

  it('that fails on one node holds the migration back before anything is touched', () => {
    const world = worldWith('PerNode');
    world.node('n2').trial = { failed: NO_IPVS };
    for (let step = 0; step < 60; step++) world.step();
    expect(stalledBy(world)).toContain(`PreflightBlocked: nothing was changed`);
    expect(stalledBy(world)).toContain(NO_IPVS);
    expect(world.status.preflight).toMatchObject({ blocking: 1, rules: [{ rule: 'trial', nodes: 1, blocking: true }] });
    expect(world.records.get('n2')?.status.findings).toMatchObject([
      { rule: 'trial', verdict: 'block', blocking: true },
    ]);
    expect(world.records.get('n1')?.status.findings).toBeUndefined();
    expectUntouched(world);
    expect(trials(world)).toEqual([1, 1, 1]);
  });

  it('is made outside spec.nodeSelector, too, and its fix says so', () => {
    const world = worldWith('PerNode', 0, { nodeSelector: { matchLabels: { pool: 'a' } } });
    world.join('n1', { pool: 'a' });
    world.join('n2').trial = { failed: NO_IPVS };
    for (let step = 0; step < 60; step++) world.step();
    expectUntouched(world);
    const fix = world.records.get('n2')?.status.findings?.[0]?.fix;
    expect(fix).toContain('one outside spec.nodeSelector, too');
    expect(fix).not.toContain('leave it out');
  });

  it('that could not be made is unknown, holds it back as well, and is tried again every minute', () => {
    const world = worldWith('PerGroup');
    world.node('n1').trial = { unknown: 'pod proxymode-trial-1 does not run after 60 s' };
    for (let step = 0; step < 50; step++) world.step();
    expect(stalledBy(world)).toContain('it could not be tried: pod proxymode-trial-1');
    expect(world.records.get('n1')?.status.findings).toMatchObject([{ rule: 'trial', verdict: 'unknown' }]);
    expect(trials(world)).toEqual([1, 0, 0]);
    for (let step = 0; step < 60; step++) world.step();
    expect(trials(world)).toEqual([2, 0, 0]);
    world.node('n1').trial = {};
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(world.status.preflight).toMatchObject({ blocking: 0, rules: [] });
    expect(world.records.get('n1')?.status.findings).toBeUndefined();
  });

  it('that failed holds nothing back once somebody has accepted it, and stays in the report', () => {
    const world = worldWith('PerNode');
    world.node('n2').trial = { failed: NO_IPVS };
    for (let step = 0; step < 60; step++) world.step();
    accept(world, 'trial');
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(world.status.preflight?.rules).toMatchObject([
      { rule: 'trial', blocking: false, accepted: 'spec.preflight.accept' },
    ]);
    expect(world.records.get('n2')?.status.findings).toMatchObject([{ rule: 'trial', blocking: false }]);
  });

  it('is not waited for any more once it is switched off, and nothing is said of it', () => {
    const world = worldWith('PerNode');
    world.node('n2').trial = { failed: NO_IPVS };
    for (let step = 0; step < 60; step++) world.step();
    world.spec = { ...world.spec, preflight: { ...world.spec.preflight, trial: 'Skip' } };
    world.generation++;
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(world.records.get('n2')?.status.findings).toBeUndefined();
  });

  it('is made again at once when a retry is asked for, and after five minutes anyhow', () => {
    const world = worldWith('PerGroup');
    world.node('n1').trial = { failed: NO_IPVS };
    for (let step = 0; step < 60; step++) world.step();
    world.retry = 'now';
    for (let step = 0; step < 20; step++) world.step();
    expect(trials(world)[0]).toBe(2);
    for (let step = 0; step < 330; step++) world.step();
    expect(trials(world)[0]).toBe(3);
    expectUntouched(world);
  });

  it('is made again when somebody changes the ConfigMap before it is edited', () => {
    const world = worldWith('PerGroup');
    while (world.records.get('n1')?.status.trial === undefined) world.step();
    world.config = { text: `${CONFIG}clusterCIDR: 10.0.0.0/8\n`, version: 7 };
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(trials(world)[0]).toBe(2);
  });

  it('is made on a node that comes back later before it has its turn', () => {
    const world = worldWith('PerNode');
    world.setReady('n3', false);
    while (world.config.text === CONFIG) world.step();
    expect(trials(world)).toEqual([1, 1, 0]);
    world.node('n3').trial = { failed: NO_IPVS };
    world.setReady('n3', true);
    for (let step = 0; step < 100; step++) world.step();
    expect(world.phases()).toMatchObject({ n1: 'Switched', n2: 'Switched', n3: 'Pending' });
    expect(world.deletions()['n3']).toBe(0);
    expect(stalledBy(world)).toContain(NO_IPVS);
    world.node('n3').trial = {};
    for (let step = 0; step < 400; step++) world.step();
    expect(world.status.phase).toBe('Succeeded');
  });

  it('that failed on a node keeps that node from its turn, though another like it passed', () => {
    const world = worldWith('PerGroup');
    world.node('n1').trial = { failed: NO_IPVS };
    for (let step = 0; step < 60; step++) world.step();
    world.setReady('n1', false);
    for (let step = 0; step < 60; step++) world.step();
    expect(trials(world).slice(1)).toEqual([1, 0]);
    world.setReady('n1', true);
    for (let step = 0; step < 60; step++) world.step();
    expect(world.deletions()).toMatchObject({ n1: 0, n2: 1, n3: 1 });
    expect(stalledBy(world)).toContain(NO_IPVS);
  });

  it('holds nodes back one by one where somebody else has edited the ConfigMap already', () => {
    const world = worldWith('PerNode');
    world.step();
    world.config = { text: CONFIG.replace('iptables', 'nftables'), version: 2 };
    world.node('n2').trial = { failed: NO_IPVS };
    for (let step = 0; step < 200; step++) world.step();
    expect(world.deletions()).toEqual({ n1: 1, n2: 0, n3: 1 });
    expect(stalledBy(world)).toContain(NO_IPVS);
    expect(stalledBy(world)).not.toContain('nothing was changed');
  });

  it('proves nothing of a configuration that has been changed since, also after the edit', () => {
    const world = worldWith('PerNode');
    while (world.records.get('n3')?.status.trial === undefined) world.step();
    world.setReady('n3', false);
    while (world.config.text === CONFIG) world.step();
    world.config = { text: `${world.config.text}clusterCIDR: 10.0.0.0/8\n`, version: 7 };
    world.node('n3').trial = { failed: NO_IPVS };
    world.setReady('n3', true);
    for (let step = 0; step < 200; step++) world.step();
    expect(world.deletions()['n3']).toBe(0);
    expect(stalledBy(world)).toContain(NO_IPVS);
    expect(trials(world)[2]).toBe(2);
  });

  it('counts on though something else of the ConfigMap was written', () => {
    const world = worldWith('PerNode');
    for (let step = 0; step < 30; step++) {
      world.config = { ...world.config, version: world.config.version + 1 };
      world.step();
    }
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(trials(world)).toEqual([1, 1, 1]);
  });

  it('that fails for a whole group holds all of it, and somebody is told', () => {
    const world = worldWith('PerGroup', 5);
    for (const name of ['n4', 'n5']) world.node(name).facts = { ...world.node(name).facts, system: 'Linux 6.1, arm64' };
    world.step();
    world.config = { text: CONFIG.replace('iptables', 'nftables'), version: 2 };
    world.node('n1').trial = { failed: NO_IPVS };
    for (let step = 0; step < 300; step++) world.step();
    expect(world.deletions()).toEqual({ n1: 0, n2: 0, n3: 0, n4: 1, n5: 1 });
    expect(stalledBy(world)).toContain('node n1 (and 2 more) came after');
    expect(stalledBy(world)).toContain(NO_IPVS);
    world.node('n1').trial = {};
    for (let step = 0; step < 600; step++) world.step();
    expect(world.status.phase).toBe('Succeeded');
  });

  it('that fails on one node stalls nothing while others can go on', () => {
    const world = worldWith('PerNode', 3);
    world.step();
    world.config = { text: CONFIG.replace('iptables', 'nftables'), version: 2 };
    world.node('n1').trial = { failed: NO_IPVS };
    while (world.records.get('n1')?.status.trial === undefined) world.step();
    expect(stalledBy(world)).toBe('');
  });

  it('says why it cannot be made of a configuration in which its settings cannot be written', () => {
    const world = worldWith('PerGroup');
    world.config = { text: `${CONFIG}clientConnection: nonsense\n`, version: 2 };
    for (let step = 0; step < 60; step++) world.step();
    expect(stalledBy(world)).toContain('clientConnection');
    expect(trials(world)).toEqual([0, 0, 0]);
  });

  it('changes nothing about how a migration ends, wherever the operator is killed', () => {
    const ends = fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 60 });
    const property = fc.property(ends, fc.constantFrom<Trial>('PerGroup', 'PerNode'), (kills, trial) => {
      const world = worldWith(trial);
      for (const upTo of kills) {
        world.step(upTo);
        world.forget();
      }
      world.settle();
      expect(world.status.phase).toBe('Succeeded');
      expect(Object.values(world.deletions())).toEqual([1, 1, 1]);
    });
    fc.assert(property, { numRuns: 25 });
  });
});
