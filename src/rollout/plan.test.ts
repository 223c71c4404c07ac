import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planBlocked } from './plan.ts';
import { CONFIG, ModelWorld } from './testing/model-world.ts';

const TARGET = CONFIG.replace('"iptables"', '"nftables"');

function all<T>(world: ModelWorld, value: T): Record<string, T> {
  return Object.fromEntries([...world.nodes.keys()].map((name) => [name, value]));
}

describe('a migration over nodes that can follow', () => {
  it('switches every node once and ends Ready', () => {
    const world = new ModelWorld(4, { mode: 'nftables' });
    world.settle();
    expect(world.phases()).toEqual(all(world, 'Switched'));
    expect(world.deletions()).toEqual(all(world, 1));
    expect(world.modes()).toEqual(all(world, 'nftables'));
    expect(world.config.text).toBe(TARGET);
    expect(world.ready()).toEqual({ status: 'True', reason: 'Succeeded' });
    expect(world.status.progress).toBe('4/4');
    expect(world.status.config).toBeUndefined();
    expect(world.finalizer).toBe(false);
  });

  it('asks for nothing more once it is over', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    world.settle();
    const decided = world.plan();
    expect({ ...decided, status: undefined }).toMatchObject({
      records: [],
      deletePods: [],
      probes: [],
      edit: undefined,
    });
    expect(decided.status).toEqual(world.status);
  });

  it('takes workers by name, then the control plane', () => {
    const world = new ModelWorld(['cp-1', 'n10', 'n2'], { mode: 'nftables' });
    const order: string[] = [];
    for (let i = 0; i < 100; i++) order.push(...world.step().deletePods.map((pod) => pod.node));
    expect([...new Set(order)]).toEqual(['n2', 'n10', 'cp-1']);
  });

  it('touches nothing in a dry run, and shows order and diff', () => {
    const world = new ModelWorld(2, { mode: 'nftables', dryRun: true });
    world.settle(30);
    expect(world.records.size).toBe(0);
    expect(world.config.text).toBe(CONFIG);
    expect(world.ready()).toEqual({ status: 'True', reason: 'DryRun' });
    expect(world.status.plan?.order).toEqual(['n1', 'n2']);
    expect(world.status.plan?.diff).toContain('+mode: "nftables"');
  });

  it('starts no further node while it is paused, and goes on afterwards', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    while (world.phases()['n1'] !== 'Switching') world.step();
    world.spec = { ...world.spec, paused: true };
    world.settle(40);
    expect(world.phases()).toEqual({ n1: 'Switched', n2: 'Pending', n3: 'Pending' });
    expect(world.status.phase).toBe('Paused');
    world.spec = { ...world.spec, paused: false };
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
  });

  it('never has more nodes in transit than maxUnavailable allows', () => {
    const world = new ModelWorld(20, { mode: 'nftables', rollout: { maxUnavailable: '15%', nodeTimeout: '5m' } });
    world.settle();
    expect(world.mostInTransit).toBe(3);
    expect(world.status.phase).toBe('Succeeded');
  });

  it('notices a node that restarted out of turn, verifies it and does not touch it', () => {
    const world = new ModelWorld(4, { mode: 'nftables' });
    while (world.phases()['n1'] !== 'Switching') world.step();
    world.restart('n4');
    world.settle();
    expect(world.deletions()).toEqual({ n1: 1, n2: 1, n3: 1, n4: 0 });
    expect(world.records.get('n4')?.status).toMatchObject({
      phase: 'Switched',
      outOfTurn: true,
      reason: 'SwitchedOutOfTurn',
    });
    expect(world.status.phase).toBe('Succeeded');
  });

  it('rolls only the nodes that do not run the mode yet', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    const pod = world.node('n2').pod;
    if (pod !== undefined) pod.mode = 'nftables';
    world.settle();
    expect(world.deletions()).toEqual({ n1: 1, n2: 0, n3: 1 });
    expect(world.records.get('n2')?.status.reason).toBe('AlreadyInMode');
  });

  it('waits for a NotReady node, and leaves it out when it stays so', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    while (world.phases()['n1'] !== 'Switched') world.step();
    world.setReady('n3', false);
    world.settle(60);
    expect(world.ready().reason).toBe('WaitingForNodes');
    world.settle(400);
    expect(world.phases()).toEqual({ n1: 'Switched', n2: 'Switched', n3: 'Skipped' });
    expect(world.ready()).toEqual({ status: 'False', reason: 'NodesSkipped' });
    expect(world.status.message).toContain('n3 (NodeNotReady)');
    world.setReady('n3', true);
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(world.modes()).toEqual(all(world, 'nftables'));
  });

  it('watches nodes outside the selection and verifies one that restarts', () => {
    const world = new ModelWorld(2, { mode: 'nftables', nodeSelector: { matchLabels: { pool: 'a' } } });
    world.join('a1', { pool: 'a' });
    world.join('a2', { pool: 'a' });
    while (world.phases()['a1'] !== 'Switching') world.step();
    world.restart('n2');
    world.settle();
    expect(world.deletions()).toEqual({ n1: 0, n2: 0, a1: 1, a2: 1 });
    expect(world.phases()).toEqual({ n1: 'Skipped', n2: 'Switched', a1: 'Switched', a2: 'Switched' });
    expect(world.status.progress).toBe('3/3');
  });
});

describe.each(['crashes', 'never-syncs', 'falls-back', 'silent'] as const)(
  'a node that %s in the target mode',
  (behaviour) => {
    const result = behaviour === 'falls-back' ? 'FellBack' : 'Failed';

    it('is given its old mode back, and the switched ones are taken back in reverse order', () => {
      const world = new ModelWorld(4, { mode: 'nftables' });
      world.node('n3').behaviour = { nftables: behaviour };
      const order: string[] = [];
      for (let i = 0; i < 1200; i++) order.push(...world.step().deletePods.map((pod) => pod.node));
      expect([...new Set(order.slice(order.lastIndexOf('n3')))]).toEqual(['n3', 'n2', 'n1']);
      expect(world.modes()).toEqual(all(world, 'iptables'));
      expect(world.config.text).toBe(CONFIG);
      expect(world.phases()).toEqual({ n1: 'RolledBack', n2: 'RolledBack', n3: result, n4: 'Pending' });
      expect(world.deletions()).toEqual({ n1: 2, n2: 2, n3: 2, n4: 0 });
      expect(world.status.phase).toBe('RolledBack');
      expect(world.status.conditions?.find(({ type }) => type === 'Stalled')).toMatchObject({
        status: 'True',
        reason: 'RolledBack',
      });
      expect(world.finalizer).toBe(false);
    });

    it('stops for a person with onFailure: Pause, tries again when told to, and then succeeds', () => {
      const world = new ModelWorld(3, { mode: 'nftables', onFailure: 'Pause' });
      world.node('n2').behaviour = { nftables: behaviour };
      world.settle(1200);
      expect(world.phases()).toEqual({ n1: 'Switched', n2: result, n3: 'Pending' });
      expect(world.config.text).toBe(CONFIG);
      expect(world.ready()).toEqual({ status: 'False', reason: 'NodeFailed' });
      world.node('n2').behaviour = {};
      world.retry = 'again';
      world.settle(600);
      expect(world.phases()).toEqual(all(world, 'Switched'));
      expect(world.deletions()).toEqual({ n1: 1, n2: 3, n3: 1 });
      expect(world.status).toMatchObject({ phase: 'Succeeded', attempt: 2, handledRetry: 'again' });
    });
  },
);

describe('a migration that is disturbed', () => {
  it('takes nodes back when onFailure is set to Rollback after it had stopped', () => {
    const world = new ModelWorld(3, { mode: 'nftables', onFailure: 'Pause' });
    world.node('n2').behaviour = { nftables: 'crashes' };
    world.settle();
    world.spec = { ...world.spec, onFailure: 'Rollback' };
    world.generation++;
    world.settle();
    expect(world.modes()).toEqual(all(world, 'iptables'));
    expect(world.status.phase).toBe('RolledBack');
  });

  it('stops with the name of the writer who changes the mode back, and goes on after a retry', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    while (world.phases()['n1'] !== 'Switched') world.step();
    world.config = { text: CONFIG, version: world.config.version + 1 };
    world.lastWriter = 'argocd-controller';
    world.settle(60);
    expect(world.ready()).toEqual({ status: 'False', reason: 'ConfigMapChanged' });
    expect(world.status.message).toContain('argocd-controller');
    expect(world.config.text).toBe(CONFIG);
    const touched = world.deletions();
    world.settle(60);
    expect(world.deletions()).toEqual(touched);
    world.retry = 'go';
    world.settle();
    expect(world.modes()).toEqual(all(world, 'nftables'));
    expect(world.status.phase).toBe('Succeeded');
  });

  it('soaks nodes that switch, but not nodes that go back', () => {
    const soaking = new ModelWorld(2, { mode: 'nftables', verify: { successes: 3, soak: '30s' } });
    soaking.node('n2').behaviour = { nftables: 'crashes' };
    while (soaking.phases()['n1'] !== 'Verifying') soaking.step();
    const began = soaking.now;
    while (soaking.phases()['n1'] !== 'Switched') soaking.step();
    expect(soaking.now - began).toBeGreaterThanOrEqual(30_000);
    while (soaking.phases()['n1'] !== 'Restoring') soaking.step();
    const back = soaking.now;
    while (soaking.phases()['n1'] !== 'RolledBack') soaking.step();
    expect(soaking.now - back).toBeLessThan(15_000);
  });

  it('does not blame a node whose new kube-proxy read what the other writer had written', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    while (world.phases()['n1'] !== 'Switching') world.step();
    world.config = { text: CONFIG, version: world.config.version + 1 };
    world.settle(3);
    world.retry = 'go';
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(world.modes()).toEqual(all(world, 'nftables'));
  });

  it("keeps another writer's other fields when it puts the mode back", () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    world.node('n2').behaviour = { nftables: 'crashes' };
    while (world.phases()['n1'] !== 'Switched') world.step();
    world.config = { text: `${world.config.text}clusterCIDR: 10.0.0.0/8\n`, version: world.config.version + 1 };
    world.settle();
    expect(world.config.text).toBe(`${CONFIG}clusterCIDR: 10.0.0.0/8\n`);
    expect(world.status.phase).toBe('RolledBack');
  });

  it('leaves no node half-way when it is deleted, and gives the ConfigMap its bytes back', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    while (world.phases()['n2'] !== 'Switching') world.step();
    world.deleting = true;
    world.settle();
    expect(world.finalizer).toBe(false);
    expect(world.modes()).toEqual(all(world, 'iptables'));
    expect(world.config.text).toBe(CONFIG);
  });

  it('keeps switched nodes when it is deleted with onFailure: Pause', () => {
    const world = new ModelWorld(3, { mode: 'nftables', onFailure: 'Pause' });
    while (world.phases()['n2'] !== 'Switching') world.step();
    world.deleting = true;
    world.settle();
    expect(world.finalizer).toBe(false);
    expect(world.modes()['n1']).toBe('nftables');
    expect(world.modes()['n3']).toBe('iptables');
    expect(world.config.text).toBe(CONFIG);
  });

  it('calls a node stranded that does not serve its old mode either, and goes on when it does', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    world.node('n2').behaviour = { nftables: 'crashes', iptables: 'crashes' };
    const pod = world.node('n2').pod;
    while (world.phases()['n2'] !== 'Switching') {
      world.node('n2').behaviour = {};
      world.step();
    }
    expect(pod).toBeDefined();
    world.node('n2').behaviour = { nftables: 'crashes', iptables: 'crashes' };
    world.settle(700);
    expect(world.ready()).toEqual({ status: 'False', reason: 'NodeStranded' });
    world.node('n2').behaviour = {};
    world.replacePod('n2');
    world.settle(200);
    expect(world.status.phase).toBe('RolledBack');
    expect(world.modes()).toEqual(all(world, 'iptables'));
  });

  it.each(['works', 'crashes'] as const)(
    'ends the same when it is cut off after any one effect, with a last node that %s',
    (behaviour) => {
      const begin = (): ModelWorld => {
        const world = new ModelWorld(3, { mode: 'nftables' });
        world.node('n3').behaviour = { nftables: behaviour };
        return world;
      };
      const calm = begin();
      calm.settle();
      expect(calm.effectsRun).toBeGreaterThan(20);
      for (let cut = 0; cut < calm.effectsRun; cut++) {
        const world = begin();
        while (world.effectsRun < cut) world.step(cut - world.effectsRun);
        world.settle();
        const end = (one: ModelWorld): unknown => [
          one.phases(),
          one.deletions(),
          one.modes(),
          one.config.text,
          one.status.phase,
          one.finalizer,
        ];
        expect({ cut, end: end(world) }).toEqual({ cut, end: end(calm) });
      }
    },
  );

  it('ends like the undisturbed run wherever the operator is ended, and rolls no node twice', () => {
    const scenario = fc.record({
      nodes: fc.integer({ min: 1, max: 5 }),
      max: fc.integer({ min: 1, max: 3 }),
      bad: fc.option(fc.integer({ min: 1, max: 5 })),
      onFailure: fc.constantFrom('Rollback' as const, 'Pause' as const),
      cuts: fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 60 }),
    });
    fc.assert(
      fc.property(scenario, ({ nodes, max, bad, onFailure, cuts }) => {
        const run = (limits: readonly number[]): ModelWorld => {
          const world = new ModelWorld(nodes, {
            mode: 'nftables',
            onFailure,
            rollout: { maxUnavailable: max, nodeTimeout: '1m' },
          });
          if (bad !== null && bad <= nodes) world.node(`n${bad}`).behaviour = { nftables: 'crashes' };
          for (const limit of limits) world.step(limit);
          world.settle(200);
          return world;
        };
        const calm = run([]);
        const cut = run(cuts);
        expect(cut.config.text).toBe(calm.config.text);
        expect(cut.status.phase).toBe(calm.status.phase);
        expect(Math.max(...Object.values(cut.deletions()))).toBeLessThanOrEqual(2);
        if (max === 1)
          expect({ phases: cut.phases(), deletions: cut.deletions() }).toEqual({
            phases: calm.phases(),
            deletions: calm.deletions(),
          });
        expect(cut.mostInTransit).toBeLessThanOrEqual(max);
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});

describe('a ConfigMap that was deleted in mid-migration', () => {
  const GONE = { kind: 'blocked', reason: 'ConfigMapNotFound', message: 'ConfigMap a/b does not exist' } as const;

  function midway(): ModelWorld {
    const world = new ModelWorld(3, { mode: 'nftables' });
    while (world.phases()['n1'] !== 'Switched') world.step();
    return world;
  }

  it('is told with where its text is kept', () => {
    const world = midway();
    const { status, finalizer } = planBlocked(world.observe().migration, world.now, GONE);
    expect(finalizer).toBe('leave');
    expect(status.config?.original).toBe(CONFIG);
    expect(status.message).toContain("kubectl get pmm m -o jsonpath='{.status.config.original}'");
    expect(status.message).toContain('let no kube-proxy restart');
  });

  it('holds the deletion up, and says how to let go; kube-proxy that is gone does not', () => {
    const world = midway();
    world.deleting = true;
    const { migration } = world.observe();
    const held = planBlocked(migration, world.now, GONE);
    expect(held.finalizer).toBe('leave');
    expect(held.status.message).toContain('take the finalizer proxymode.dev/restore off');
    expect(held.status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'ConfigMapNotFound' }),
    );
    const gone = { ...GONE, reason: 'KubeProxyNotFound' } as const;
    expect(planBlocked(migration, world.now, gone).finalizer).toBe('release');
  });

  it('does not hold up the deletion of a migration that has no copy of it', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    world.step();
    world.deleting = true;
    expect(planBlocked(world.observe().migration, world.now, GONE).finalizer).toBe('release');
  });
});
