// What the world does to a migration when nobody looks: each case was once a way to leave a node behind.
import { describe, expect, it } from 'vitest';
import { plan } from './plan.ts';
import { CONFIG, ModelWorld } from './testing/model-world.ts';

const IPVS = CONFIG.replace('"iptables"', '"ipvs"');
const QUICK = { maxUnavailable: 1, nodeTimeout: '30s' };

function everywhere<T>(world: ModelWorld, value: T): Record<string, T> {
  return Object.fromEntries([...world.nodes.keys()].map((name) => [name, value]));
}

function until(world: ModelWorld, node: string, phase: string): void {
  for (let i = 0; i < 2000 && world.phases()[node] !== phase; i++) world.step();
  expect(world.phases()[node]).toBe(phase);
}

/** Somebody else writes the whole text. */
function write(world: ModelWorld, text: string): void {
  world.config = { text, version: world.config.version + 1 };
  world.lastWriter = 'somebody-else';
}

describe('a migration that is over', () => {
  it('stays over when the ConfigMap and the nodes change', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    world.settle();
    const { status } = world;
    write(world, CONFIG);
    for (const name of world.nodes.keys()) world.restart(name);
    world.settle();
    expect(world.status).toEqual(status);
    expect(world.configMode()).toBe('iptables');
  });

  it.each(['Pause', 'Rollback'] as const)('looks again when its spec changes, with onFailure: %s', (onFailure) => {
    const world = new ModelWorld(3, { mode: 'nftables', onFailure });
    world.settle();
    world.generation = 2;
    world.join('n4', {});
    write(world, world.config.text);
    world.settle();
    expect(world.status).toMatchObject({ phase: 'Succeeded', observedGeneration: 2, progress: '4/4' });
    expect(world.finalizer).toBe(false);
  });
});

describe('a third mode in the ConfigMap', () => {
  it('stops the way forward; a retry waits until the mode is one of ours, and forgets nothing', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    until(world, 'n1', 'Switched');
    write(world, IPVS);
    world.settle(60);
    world.retry = 'go';
    world.settle(60);
    const touched = world.deletions();
    expect(world.ready().reason).toBe('ConfigMapChanged');
    expect(world.status.message).toContain('Set it to iptables (or nftables) again');
    expect(world.status.config?.originalMode).toBe('iptables');
    expect(world.config.text).toBe(IPVS);
    write(world, CONFIG);
    world.retry = 'again';
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(Object.values(touched).every((count) => count <= 1)).toBe(true);
  });

  it('is never what a node goes back to, also when the migration is deleted', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    until(world, 'n2', 'Switched');
    write(world, IPVS);
    world.settle(60);
    const touched = world.deletions();
    world.deleting = true;
    world.settle(200);
    expect(world.deletions()).toEqual(touched);
    expect(world.ready().reason).toBe('ConfigMapChanged');
    expect(world.status.message).toContain('is being deleted, which waits for that: set it to iptables or nftables');
    expect(world.status.message).not.toContain('retry');
    write(world, CONFIG);
    world.settle();
    expect(world.modes()).toEqual(everywhere(world, 'iptables'));
    expect(world.finalizer).toBe(false);
  });
});

describe('a broken ConfigMap', () => {
  it('waits for a person, naming the writer and where the original is', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    until(world, 'n1', 'Switched');
    write(world, 'mode: [nftables\n');
    world.settle(30);
    expect(world.ready().reason).toBe('ConfigUnparsable');
    expect(world.status.message).toContain('somebody-else');
    expect(world.status.message).toContain('.status.config.original');
  });

  it('is replaced by the original when the migration is deleted', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    until(world, 'n1', 'Switched');
    write(world, 'mode: [nftables\n');
    world.deleting = true;
    world.settle();
    expect(world.config.text).toBe(CONFIG);
    expect(world.modes()).toEqual(everywhere(world, 'iptables'));
    expect(world.finalizer).toBe(false);
  });
});

describe('a node', () => {
  it('that is stranded and recovers in its own pod is believed', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    until(world, 'n2', 'Switching');
    world.node('n2').behaviour = { nftables: 'crashes', iptables: 'crashes' };
    world.settle(700);
    expect(world.phases()['n2']).toBe('Stranded');
    world.node('n2').behaviour = {};
    world.settle(700);
    expect(world.phases()).toEqual({ n1: 'RolledBack', n2: 'Failed', n3: 'Pending' });
  });

  it('that is switched may restart more than once', () => {
    const world = new ModelWorld(4, { mode: 'nftables' });
    for (const [restarting, next] of [
      ['n1', 'n2'],
      ['n1', 'n3'],
    ] as const) {
      until(world, next === 'n2' ? 'n1' : 'n2', 'Switched');
      world.restart(restarting);
      until(world, next, 'Switched');
    }
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    expect(world.deletions()).toEqual(everywhere(world, 1));
  });

  it('that joins NotReady is waited for, named, and taken when it is Ready', () => {
    const world = new ModelWorld(3, { mode: 'nftables', rollout: QUICK });
    until(world, 'n1', 'Switched');
    world.join('n9');
    world.setReady('n9', false);
    world.settle(600);
    expect(world.ready().reason).toBe('NodesSkipped');
    expect(world.status.message).toContain('n9');
    world.setReady('n9', true);
    world.settle();
    expect(world.status).toMatchObject({ phase: 'Succeeded', progress: '4/4' });
  });

  it('that was NotReady at the start and comes back gets its turn', () => {
    const world = new ModelWorld(4, { mode: 'nftables' });
    world.setReady('n4', false);
    world.step();
    world.settle(3);
    until(world, 'n4', 'Skipped');
    world.setReady('n4', true);
    world.settle();
    expect(world.modes()).toEqual(everywhere(world, 'nftables'));
    expect(world.status.phase).toBe('Succeeded');
  });

  it('that loses its label while it waits is left out, not waited for', () => {
    const world = new ModelWorld([], { mode: 'nftables', nodeSelector: { matchLabels: { a: 'b' } } });
    for (const name of ['n1', 'n2', 'n3']) world.join(name, { a: 'b' });
    until(world, 'n1', 'Switched');
    const last = world.node('n3');
    last.facts = { ...last.facts, labels: {} };
    world.settle();
    expect(world.phases()).toEqual({ n1: 'Switched', n2: 'Switched', n3: 'Skipped' });
    expect(world.status).toMatchObject({ phase: 'Succeeded', progress: '2/2' });
  });

  it('that was left out in transit and returns during the rollback is read, and taken back', () => {
    const world = new ModelWorld(4, { mode: 'nftables', rollout: QUICK });
    world.node('n3').behaviour = { nftables: 'crashes' };
    until(world, 'n1', 'Verifying');
    world.setReady('n1', false);
    until(world, 'n1', 'Skipped');
    until(world, 'n3', 'Restoring');
    world.setReady('n1', true);
    world.settle();
    expect(world.modes()).toEqual(everywhere(world, 'iptables'));
    expect(world.status.phase).toBe('RolledBack');
  });

  it('whose kube-proxy restarts just before the ConfigMap is restored is not left in the target mode', () => {
    const world = new ModelWorld(4, { mode: 'nftables' });
    world.node('n2').behaviour = { nftables: 'crashes' };
    for (let i = 0; i < 500; i++) {
      const decided = world.plan();
      if (decided.edit?.why === 'restore') world.restart('n4');
      for (const effect of world.effects(decided)) effect.run();
      world.tick(decided);
    }
    expect(world.modes()).toEqual(everywhere(world, 'iptables'));
    expect(world.phases()['n4']).toBe('RolledBack');
  });

  it('that failed and then leaves the cluster does not stop the rollback', () => {
    const world = new ModelWorld(5, { mode: 'nftables' });
    world.node('n4').behaviour = { nftables: 'crashes' };
    until(world, 'n4', 'Restoring');
    world.settle(3);
    world.nodes.delete('n4');
    world.settle();
    expect(world.modes()).toEqual(everywhere(world, 'iptables'));
    expect(world.status.phase).toBe('RolledBack');
    expect(world.status.message).toContain('node n4 did not switch');
  });

  it('that is switched and dies holds no slot for ever, neither forward nor back', () => {
    const world = new ModelWorld(4, { mode: 'nftables', rollout: QUICK });
    until(world, 'n1', 'Switched');
    world.setReady('n1', false);
    world.settle();
    expect(world.status.phase).toBe('Succeeded');
    const back = new ModelWorld(4, { mode: 'nftables', rollout: QUICK });
    back.node('n4').behaviour = { nftables: 'crashes' };
    until(back, 'n2', 'Switched');
    back.setReady('n1', false);
    back.settle(600);
    expect(back.phases()).toMatchObject({ n1: 'Stranded', n2: 'RolledBack', n3: 'RolledBack', n4: 'Failed' });
    expect(back.ready().reason).toBe('NodeStranded');
    back.setReady('n1', true);
    back.settle();
    expect(back.modes()).toEqual(everywhere(back, 'iptables'));
    expect(back.status.phase).toBe('RolledBack');
  });
});

describe('deletion', () => {
  it('begins nothing: just before the edit, nothing is edited any more', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    while (world.plan().edit === undefined) world.step();
    world.deleting = true;
    const edits = Array.from({ length: 100 }, () => world.step().edit).filter(Boolean);
    expect(edits).toEqual([]);
    expect(world.finalizer).toBe(false);
    expect(world.config.text).toBe(CONFIG);
  });

  it('is not held up by a pause after a retry, and takes switched nodes back', () => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    until(world, 'n1', 'Switched');
    write(world, CONFIG);
    world.settle(60);
    world.spec = { ...world.spec, paused: true };
    world.retry = 'go';
    world.settle(60);
    world.deleting = true;
    world.settle();
    expect(world.finalizer).toBe(false);
    expect(world.modes()).toEqual(everywhere(world, 'iptables'));
  });
});

describe('an operator that was away for longer than nodeTimeout', () => {
  it.each([
    ['Switching', 'works', 'Succeeded'],
    ['Verifying', 'works', 'Succeeded'],
    ['Verifying', 'silent', 'RolledBack'],
    ['Restoring', 'silent', 'RolledBack'],
  ] as const)('finds a node %s that %s: the migration ends %s', (phase, behaviour, end) => {
    const world = new ModelWorld(3, { mode: 'nftables', rollout: { maxUnavailable: 1, nodeTimeout: '30s' } });
    world.node('n2').behaviour = { nftables: behaviour };
    until(world, 'n2', phase);
    world.absence(100_000);
    world.step();
    expect(world.phases()['n2'], 'nothing is concluded from silence').not.toBe('Stranded');
    world.settle();
    expect(world.status.phase).toBe(end);
    const rolled = end === 'Succeeded' ? { n1: 1, n2: 1, n3: 1 } : { n1: 2, n2: 2, n3: 0 };
    expect(world.deletions()).toEqual(rolled);
  });
});

describe('a refusal of the API server on the way back', () => {
  const message = 'pods "p" is forbidden: violates PodSecurity "baseline:latest": host namespaces';

  it.each([false, true])('is told, of the migration and of the node that waits (deleted: %s)', (deleting) => {
    const world = new ModelWorld(3, { mode: 'nftables' });
    if (deleting) until(world, 'n2', 'Switched');
    else world.node('n3').behaviour = { nftables: 'crashes' };
    world.deleting = deleting;
    const isTakenBack = (): boolean => world.records.get('n2')?.status.phase === 'Restoring';
    while (!isTakenBack()) world.step();
    while (world.node('n2').pod?.mode !== 'iptables' || world.node('n2').pod?.facts.running !== true) world.step();
    const error = { message, since: world.now, tries: 9, forbidden: true };
    const { now, probe, ...seen } = world.observe();
    const refusing = (pod: Parameters<typeof probe>[0]): ReturnType<typeof probe> =>
      pod.node === 'n2' ? { podUID: pod.uid, restarts: 0, readings: [], asked: [], page: '', error } : probe(pod);
    const { status, records } = plan({ ...seen, now: now + 11_000, probe: refusing });
    expect(status).toMatchObject({ phase: 'RollingBack', message: expect.stringContaining('enforce=privileged') });
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Stalled', status: 'True', reason: 'Refused' }),
    );
    expect(records.find(({ node }) => node === 'n2')?.status.message).toContain(`may not be asked: ${message}`);
  });
});
