// From the preflight to nodes that are made ready, and put back as they were.
import { describe, expect, it } from 'vitest';
import type { NodeFinding, RuleCount } from '../api/preflight-status.ts';
import { CONFIG, ModelWorld } from './testing/model-world.ts';

const KERNEL: NodeFinding = {
  rule: 'kernel-min-nft',
  verdict: 'block',
  blocking: true,
  message: 'Kernel 4.18 is older than 5.13.',
  fix: 'Upgrade the kernel.',
};
const DARK: RuleCount = { rule: 'dark-window', verdict: 'info', blocking: false, message: 'A gap.', nodes: 0 };
const NEEDS = {
  modules: ['br_netfilter'],
  sysctls: [{ name: 'net.ipv4.ip_forward', from: '0', to: '1' }],
};
const MINUTE = 60_000;

function changed(world: ModelWorld): Record<string, string[]> {
  return Object.fromEntries([...world.nodes].map(([name, node]) => [name, [...node.changed]]));
}

describe('a preflight', () => {
  it('that blocks one node leaves everything as it is, and says which rule, where and what to do', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    world.node('n2').check = { findings: [KERNEL] };
    world.settle(30);
    expect(world.config.text).toBe(CONFIG);
    expect(world.deletions()).toEqual({ n1: 0, n2: 0, n3: 0 });
    expect(world.status.startedAt).toBeUndefined();
    expect(world.status.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({
      status: 'True',
      reason: 'PreflightBlocked',
    });
    expect(world.status.message).toContain('kernel-min-nft on 1 node(s): Kernel 4.18');
    expect(world.status.preflight).toMatchObject({ blocking: 1, rules: [{ rule: 'kernel-min-nft', nodes: 1 }] });
    expect([...world.records.keys()], 'only a node with findings gets a record').toEqual(['n2']);
    expect(world.records.get('n2')?.status).toMatchObject({ phase: 'Pending', findings: [KERNEL] });
    expect(world.records.get('n2')?.status).toMatchObject({
      reason: 'PreflightBlocked',
      message: 'not touched: kernel-min-nft stands in the way: Kernel 4.18 is older than 5.13.',
    });
    expect(world.step().records, 'what is stored already is not written again').toEqual([]);
  });

  it('that blocks is made again after five minutes, and lets go when the cause is gone', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    world.node('n2').check = { findings: [KERNEL] };
    world.settle(30);
    world.node('n2').check = {};
    world.settle(30);
    expect(world.status.phase, 'not before').toBe('Blocked');
    world.now += 5 * MINUTE;
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(world.records.get('n2')?.status.findings ?? []).toEqual([]);
  });

  it('that blocks says so in the record of the node, and no longer once another node is what is in the way', () => {
    const world = new ModelWorld(2, { mode: 'nftables' });
    world.node('n1').check = { findings: [KERNEL, { ...KERNEL, rule: 'other' }] };
    world.settle(30);
    expect(world.records.get('n1')?.status.message).toContain('kernel-min-nft (and 1 more) stands in the way');
    world.node('n1').check = {};
    world.node('n2').check = { findings: [KERNEL] };
    world.now += 5 * MINUTE;
    world.settle(30);
    expect(world.status.phase).toBe('Blocked');
    expect(world.records.get('n1')?.status).toMatchObject({ reason: 'Waiting', message: 'looked at; not touched' });
    expect(world.records.get('n2')?.status.reason).toBe('PreflightBlocked');
  });

  it('that blocks is made again at once for a retry', () => {
    const world = new ModelWorld(2, { mode: 'nftables' });
    world.node('n2').check = { findings: [KERNEL] };
    world.settle(30);
    world.node('n2').check = {};
    world.retry = 'now';
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
  });

  it('of a later attempt takes the place of the one before, with who accepted what', () => {
    const world = new ModelWorld(3, { mode: 'nftables', onFailure: 'Pause' });
    world.node('n2').behaviour = { nftables: 'crashes' };
    world.settle();
    expect(world.status.phase).toBe('Failed');
    expect(world.status.config?.original).toBe(world.config.text);
    world.node('n2').behaviour = {};
    world.clusterRules = [{ ...DARK, verdict: 'block', blocking: true }];
    world.retry = 'first';
    world.settle(30);
    expect(world.status.preflight).toMatchObject({ blocking: 1 });
    const accepted = 'spec.preflight.accept';
    world.clusterRules = [{ ...DARK, verdict: 'block', accepted }];
    world.retry = 'second';
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(world.status.preflight).toMatchObject({ blocking: 0, rules: [{ rule: 'dark-window', accepted }] });
  });

  it('whose findings do not block is told, and kept with the nodes', () => {
    const world = new ModelWorld(2, { mode: 'nftables' });
    world.clusterRules = [DARK];
    const warning = { ...KERNEL, verdict: 'warn', blocking: false } as const;
    world.node('n1').check = { findings: [warning] };
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(world.status.preflight?.rules.map(({ rule }) => rule)).toEqual(['dark-window', 'kernel-min-nft']);
    expect(world.records.get('n1')?.status.findings).toEqual([warning]);
    expect(world.records.get('n2')?.status.findings).toBeUndefined();
  });

  it('is made in a dry run, too, and blocks it', () => {
    const world = new ModelWorld(2, { mode: 'nftables', dryRun: true });
    world.node('n1').check = { findings: [KERNEL] };
    world.settle(30);
    expect(world.ready()).toEqual({ status: 'False', reason: 'PreflightBlocked' });
  });
});

describe('nodes that are not ready for the mode', () => {
  it('are made ready before the ConfigMap is edited, with what will be changed recorded first', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    world.node('n2').check = { needs: NEEDS };
    while (changed(world)['n2']?.length === 0) {
      world.step();
      expect(world.config.text).toBe(CONFIG);
    }
    expect(world.records.get('n2')?.status.preparation).toMatchObject({ ...NEEDS, persist: true });
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(changed(world)).toEqual({ n1: [], n2: ['br_netfilter', 'net.ipv4.ip_forward'], n3: [] });
    expect(world.records.get('n2')?.status.preparation?.doneAt).toBeDefined();
    expect(world.records.get('n1')?.status.preparation).toBeUndefined();
  });

  it('are put back as they were before the first change, whatever a later look finds', () => {
    const world = new ModelWorld(2, { mode: 'nftables' });
    world.node('n1').check = { needs: NEEDS };
    while (world.records.get('n1')?.status.preparation?.doneAt === undefined) world.step();
    expect(world.config.text).toBe(CONFIG);
    // Somebody sets it to something else, and the spec is changed, so that all is looked at again.
    world.node('n1').check = { needs: { modules: [], sysctls: [{ name: 'net.ipv4.ip_forward', from: '2', to: '1' }] } };
    world.generation += 1;
    world.node('n2').behaviour = { nftables: 'crashes' };
    for (let i = 0; i < 400 && world.status.finishedAt === undefined; i++) world.step();
    expect(world.status.phase).toBe('RolledBack');
    expect(world.records.get('n1')?.status.preparation).toMatchObject(NEEDS);
  });

  it('are put back as they were when the migration is rolled back, and only then is it over', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    for (const name of ['n1', 'n3']) world.node(name).check = { needs: NEEDS };
    world.node('n2').behaviour = { nftables: 'crashes' };
    for (let i = 0; i < 400 && world.status.finishedAt === undefined; i++) world.step();
    expect(world.status.phase).toBe('RolledBack');
    expect(changed(world)).toEqual({ n1: [], n2: [], n3: [] });
    expect(world.records.get('n3')?.status.preparation?.undoneAt).toBeDefined();
  });

  it('are put back as they were when the migration is deleted in mid-flight', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    for (const name of world.nodes.keys()) world.node(name).check = { needs: NEEDS };
    while (world.phases()['n1'] !== 'Switched') world.step();
    world.deleting = true;
    world.settle();
    expect(changed(world)).toEqual({ n1: [], n2: [], n3: [] });
    expect(world.finalizer).toBe(false);
  });

  it('that cannot be made ready stop the migration before anything is switched; it goes on once they can', () => {
    const world = new ModelWorld(2, { mode: 'nftables' });
    world.node('n1').check = { needs: NEEDS };
    world.node('n1').taskProblem = 'modprobe: FATAL: Module br_netfilter not found';
    world.settle(30);
    expect(world.config.text).toBe(CONFIG);
    expect(world.status.message).toContain('n1: modprobe: FATAL');
    expect(world.ready().reason).toBe('PreparationFailed');
    world.node('n1').taskProblem = undefined;
    world.now += MINUTE;
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
  });

  it('that cannot be put back do not hold the end up: their record says why', () => {
    const world = new ModelWorld(2, { mode: 'nftables' });
    world.node('n1').check = { needs: NEEDS };
    world.node('n2').behaviour = { nftables: 'crashes' };
    while (world.phases()['n2'] !== 'Restoring') world.step();
    world.node('n1').taskProblem = 'the node cannot be reached';
    world.settle();
    expect(world.status.phase).toBe('RolledBack');
    expect(world.records.get('n1')?.status.preparation?.problem).toContain('the node cannot be reached');
    expect(world.status.message).toContain('1 node(s) could not be put back (n1)');
  });

  it('and fall silent just then are made ready before their turn comes', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    for (const name of world.nodes.keys()) world.node(name).check = { needs: NEEDS };
    while (world.records.get('n3')?.status.preparation === undefined) world.step();
    world.setReady('n3', false);
    while (world.phases()['n1'] !== 'Switching') world.step();
    world.setReady('n3', true);
    while (world.phases()['n3'] !== 'Switching') {
      world.step();
      if (world.phases()['n3'] === 'Switching') expect(changed(world)['n3']).toHaveLength(2);
    }
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(world.records.get('n3')?.status.preparation?.doneAt).toBeDefined();
  });

  it('are put back after a retry, too, to what they were before the first attempt', () => {
    const world = new ModelWorld(3, { mode: 'nftables', onFailure: 'Pause' });
    for (const name of world.nodes.keys()) world.node(name).check = { needs: NEEDS };
    world.node('n2').behaviour = { nftables: 'crashes' };
    world.settle();
    expect(world.status.phase).toBe('Failed');
    // What was made ready needs nothing any more.
    for (const name of world.nodes.keys()) world.node(name).check = {};
    world.spec = { ...world.spec, onFailure: 'Rollback' };
    world.retry = 'again';
    world.settle();
    expect(world.status.phase).toBe('RolledBack');
    expect(changed(world)).toEqual({ n1: [], n2: [], n3: [] });
  });

  it('are not put back where they run the target mode for good: deleted with onFailure Pause', () => {
    const world = new ModelWorld(3, { mode: 'nftables', onFailure: 'Pause' });
    for (const name of world.nodes.keys()) world.node(name).check = { needs: NEEDS };
    while (world.phases()['n1'] !== 'Switched') world.step();
    world.deleting = true;
    world.settle();
    expect(world.finalizer).toBe(false);
    const back = Object.entries(world.modes()).filter(([, mode]) => mode === 'iptables');
    for (const [name] of back) expect(changed(world)[name], name).toEqual([]);
    expect(changed(world)['n1']).toEqual(['br_netfilter', 'net.ipv4.ip_forward']);
  });

  it('need not be made ready any more when the spec does not ask for it, and are put back all the same', () => {
    const world = new ModelWorld(2, { mode: 'nftables' });
    world.node('n1').check = { needs: NEEDS };
    world.node('n1').taskProblem = 'read-only file system';
    world.settle(30);
    expect(world.ready().reason).toBe('PreparationFailed');
    world.generation += 1;
    world.node('n1').check = {};
    world.node('n1').taskProblem = undefined;
    world.node('n2').behaviour = { nftables: 'crashes' };
    world.node('n1').changed.add('br_netfilter');
    world.settle();
    expect(world.status.phase).toBe('RolledBack');
    expect(changed(world)['n1'], 'half of it had been done').toEqual([]);
  });

  it('are put back as soon as that works again, within nodeTimeout', () => {
    const world = new ModelWorld(2, { mode: 'nftables' });
    world.node('n1').check = { needs: NEEDS };
    world.node('n2').behaviour = { nftables: 'crashes' };
    while (world.phases()['n2'] !== 'Restoring') world.step();
    world.node('n1').taskProblem = 'connection refused';
    world.settle(60);
    expect(world.status.phase).toBe('RollingBack');
    world.node('n1').taskProblem = undefined;
    world.now += MINUTE;
    world.settle();
    expect(world.status.phase).toBe('RolledBack');
    expect(changed(world)).toEqual({ n1: [], n2: [] });
    expect(world.records.get('n1')?.status.preparation?.problem).toBeUndefined();
  });

  it('come to the same end wherever the operator is ended and forgets what it has not stored', () => {
    const play = (cut: number): ModelWorld => {
      const world = new ModelWorld(3, { mode: 'nftables' });
      for (const name of ['n1', 'n2']) world.node(name).check = { needs: NEEDS };
      world.node('n3').behaviour = { nftables: 'crashes' };
      while (world.effectsRun < cut && world.status.finishedAt === undefined) world.step(cut - world.effectsRun);
      world.forget();
      world.settle();
      return world;
    };
    const calm = play(0);
    expect(calm.status.phase).toBe('RolledBack');
    for (let cut = 1; cut < calm.effectsRun; cut++) {
      const world = play(cut);
      expect([cut, changed(world), world.phases(), world.config.text, world.status.phase]).toEqual([
        cut,
        changed(calm),
        calm.phases(),
        calm.config.text,
        'RolledBack',
      ]);
    }
  }, 60_000);
});
