// Strategy Assist: somebody else changes the mode and restarts kube-proxies; nothing is done but looking.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MigrationSpec } from '../api/migration.ts';
import type { RuleCount } from '../api/preflight-status.ts';
import { asAssistant, OWNER_RULES } from './assist-spec.ts';
import { CONFIG, ModelWorld } from './testing/model-world.ts';

const ASSIST = { rollout: { strategy: 'Assist', maxUnavailable: 1, nodeTimeout: '5m' } } as const;
const OWNED: RuleCount = {
  rule: 'managed-provider',
  verdict: 'block',
  blocking: false,
  nodes: 0,
  message: 'This is AKS, which owns kube-proxy’s configuration.',
  fix: 'Write kube-proxy.json, then:\n  az aks update --kube-proxy-config kube-proxy.json',
  accepted: 'spec.preflight.accept',
};

class Watched extends ModelWorld {
  constructor(spec: Partial<MigrationSpec> = {}) {
    super(3, { mode: 'nftables', ...ASSIST, ...spec });
  }

  /** Somebody changes the mode at its source, from which it gets into the ConfigMap. */
  change(mode: string): void {
    this.config = { text: this.config.text.replace(/mode: ".*"/, `mode: "${mode}"`), version: this.config.version + 1 };
  }

  passes(count: number): void {
    for (let i = 0; i < count; i++) this.step();
  }

  roll(...names: readonly string[]): void {
    for (const name of names) {
      this.replacePod(name);
      this.passes(8);
    }
  }

  messageOf(name: string): string {
    return this.records.get(name)?.status.message ?? '';
  }
}

function watched(spec: Partial<MigrationSpec> = {}): Watched {
  const world = new Watched(spec);
  world.passes(12);
  return world;
}

describe('before somebody has changed the mode', () => {
  it('everything is read, the change is shown, and nothing is written', () => {
    const world = new Watched();
    world.clusterRules = [OWNED];
    const text = world.config.text;
    world.passes(60);
    expect(world.phases()).toEqual({ n1: 'Pending', n2: 'Pending', n3: 'Pending' });
    expect(world.config.text).toBe(text);
    expect(world.deletions()).toEqual({ n1: 0, n2: 0, n3: 0 });
    expect(world.finalizer).toBe(false);
    expect(world.ready()).toEqual({ status: 'False', reason: 'WaitingForUpstreamChange' });
    expect(world.status.plan).toMatchObject({
      upstream: OWNED.fix,
      diff: expect.stringContaining('+mode: "nftables"') as string,
    });
    expect(world.status.message).toContain('0 of 3 node(s) run nftables, verified');
    expect(world.status.message).toContain('then: az aks update --kube-proxy-config kube-proxy.json');
  });

  it('where nobody is known to own the configuration, it says how it is changed', () => {
    const world = watched();
    expect(world.status.plan?.upstream).toBeUndefined();
    expect(world.status.message).toContain(
      'make the change of status.plan.diff, then have the pods of DaemonSet kube-system/kube-proxy replaced',
    );
  });

  it('a kube-proxy that restarts is read, and waits again', () => {
    const world = watched();
    world.roll('n2');
    world.restart('n1');
    world.passes(8);
    expect(world.phases()).toEqual({ n1: 'Pending', n2: 'Pending', n3: 'Pending' });
    expect(world.messageOf('n2')).toContain('its kube-proxy restarted and runs iptables');
  });

  it('kernel modules and sysctls are checked, and left as they are', () => {
    const world = new Watched();
    world.node('n1').check = { needs: { modules: ['br_netfilter'], sysctls: [] } };
    world.passes(30);
    expect([...world.node('n1').changed]).toEqual([]);
    expect(world.ready().reason).toBe('WaitingForUpstreamChange');
  });

  it('is deleted at once', () => {
    const world = watched();
    world.deleting = true;
    const { finalizer, edit, deletePods, records } = world.plan();
    expect({ finalizer, edit, deletePods, records }).toEqual({
      finalizer: 'leave',
      edit: undefined,
      deletePods: [],
      records: [],
    });
  });
});

describe('after somebody has changed the mode', () => {
  it('every node is verified as its kube-proxy is replaced, and the migration succeeds', () => {
    const world = watched();
    world.change('nftables');
    world.passes(2);
    expect(world.status.message).toContain('waiting for kube-proxy to be restarted on n1, n2, n3');
    world.roll('n3');
    expect(world.phases()).toEqual({ n1: 'Pending', n2: 'Pending', n3: 'Switched' });
    expect(world.status.message).toContain('1 of 3 node(s) run nftables, verified');
    expect(world.status.message).toContain('on n1, n2');
    world.roll('n1', 'n2');
    expect(world.status).toMatchObject({ phase: 'Succeeded', progress: '3/3' });
    expect(world.status.config).toBeUndefined();
    expect(world.deletions()).toEqual({ n1: 0, n2: 0, n3: 0 });
    expect(world.records.get('n1')?.status).toMatchObject({
      reason: 'Switched',
      before: { mode: 'iptables' },
      evidence: { mode: 'nftables', readings: 3 },
    });
  });

  it('nodes that had been changed before count, too', () => {
    const world = new Watched();
    world.change('nftables');
    world.roll('n1');
    world.roll('n2');
    world.passes(10);
    expect(world.phases()).toMatchObject({ n1: 'Switched', n2: 'Switched' });
    world.roll('n3');
    expect(world.status.phase).toBe('Succeeded');
    expect(world.records.get('n1')?.status.reason).toBe('AlreadyInMode');
  });

  it('a node that joins meanwhile is verified', () => {
    const world = watched();
    world.change('nftables');
    world.roll('n1', 'n2');
    world.join('n4');
    world.passes(10);
    expect(world.phases()['n4']).toBe('Switched');
    world.roll('n3');
    expect(world.status).toMatchObject({ phase: 'Succeeded', progress: '4/4' });
  });

  it('a node that is away is waited for', () => {
    const world = watched();
    world.change('nftables');
    world.setReady('n2', false);
    world.roll('n1', 'n3');
    world.now += 3_600_000;
    world.passes(5);
    expect(world.ready().reason).toBe('WaitingForUpstreamChange');
    world.setReady('n2', true);
    world.roll('n2');
    expect(world.status.phase).toBe('Succeeded');
  });

  it('a node that is not selected any more is not waited for', () => {
    const world = watched();
    world.change('nftables');
    world.roll('n1', 'n2');
    world.spec = { ...world.spec, nodeSelector: { matchExpressions: [{ key: 'not-there', operator: 'Exists' }] } };
    world.passes(3);
    expect(world.phases()).toMatchObject({ n3: 'Skipped' });
    expect(world.status.phase).toBe('Succeeded');
  });

  it('an operator that is ended in between goes on where it was', () => {
    const world = watched();
    world.change('nftables');
    world.roll('n1');
    world.replacePod('n2');
    world.passes(2);
    world.forget();
    world.passes(8);
    world.roll('n3');
    expect(world.status.phase).toBe('Succeeded');
  });
});

describe('a node that does not make it', () => {
  it('that falls back is named, and the others are verified all the same', () => {
    const world = watched();
    world.node('n2').behaviour = { nftables: 'falls-back' };
    world.change('nftables');
    world.passes(2);
    world.roll('n2');
    expect(world.records.get('n2')?.status).toMatchObject({
      phase: 'FellBack',
      result: 'FellBack',
      reason: 'AnswersAnotherMode',
    });
    expect(world.ready()).toEqual({ status: 'False', reason: 'UpstreamChangeFailed' });
    expect(world.status.message).toContain(
      'not so n2: the configuration says nftables, but the new kube-proxy answers iptables',
    );
    expect(world.status.failures).toEqual([{ node: 'n2', result: 'FellBack', message: expect.any(String) as string }]);
    world.roll('n1', 'n3');
    expect(world.phases()).toEqual({ n1: 'Switched', n2: 'FellBack', n3: 'Switched' });
    expect(world.status.nodes).toMatchObject({ switched: 2, fellBack: 1 });
    world.node('n2').behaviour = {};
    world.roll('n2');
    expect(world.status).toMatchObject({ phase: 'Succeeded', progress: '3/3' });
    expect(world.deletions()).toEqual({ n1: 0, n2: 0, n3: 0 });
  });

  it('that crashes is named with its last words, and counts once it has been repaired in place', () => {
    const world = watched();
    world.node('n1').behaviour = { nftables: 'crashes' };
    world.change('nftables');
    world.passes(2);
    world.roll('n1');
    expect(world.records.get('n1')?.status).toMatchObject({ phase: 'Failed', reason: 'CrashLooping' });
    expect(world.status.message).toContain("not so n1: kube-proxy ended with exit code 1: can't use the IPVS proxier");
    const told = JSON.stringify(world.records.get('n1'));
    world.passes(20);
    expect(JSON.stringify(world.records.get('n1')), 'its record does not change with every end').toBe(told);
    world.node('n1').behaviour = {};
    world.roll('n2', 'n3');
    expect(world.status.phase).toBe('Succeeded');
  });

  it('gives nobody the right to put the configuration back', () => {
    const world = watched();
    world.node('n2').behaviour = { nftables: 'falls-back' };
    world.change('nftables');
    world.passes(2);
    world.roll('n2');
    world.config = { text: 'mode: [', version: 7 };
    expect(world.plan().edit).toBeUndefined();
    world.passes(3);
    expect(world.ready().reason).toBe('ConfigUnparsable');
    expect(world.config.text).toBe('mode: [');
  });

  it('that joins and never answers is named, and counts once it does', () => {
    const world = watched();
    world.change('nftables');
    world.passes(2);
    world.join('n4').behaviour = { nftables: 'silent' };
    world.roll('n1', 'n2', 'n3');
    world.passes(20);
    expect(world.status.phase).not.toBe('Succeeded');
    world.node('n4').behaviour = {};
    world.passes(10);
    expect(world.status).toMatchObject({ phase: 'Succeeded', progress: '4/4' });
    expect(world.messageOf('n4')).toBe('runs nftables; it did when it was first looked at');
  });

  it('that is given its old mode back waits again', () => {
    const world = watched();
    world.node('n1').behaviour = { nftables: 'crashes' };
    world.change('nftables');
    world.passes(2);
    world.roll('n1');
    world.change('iptables');
    world.roll('n1');
    expect(world.phases()['n1']).toBe('Pending');
    expect(world.ready().reason).toBe('WaitingForUpstreamChange');
    expect(world.status.failures).toBeUndefined();
  });

  it('a kube-proxy that started just before the change has not fallen back', () => {
    const world = watched();
    world.replacePod('n2');
    world.passes(1);
    world.change('nftables');
    world.passes(8);
    expect(world.phases()['n2']).toBe('Pending');
    expect(world.messageOf('n2')).toContain('as it was told when it started');
  });

  it('a container restarted in its pod may still read the old mode for a while', () => {
    const world = watched();
    world.node('n2').behaviour = { nftables: 'falls-back' };
    world.change('nftables');
    world.passes(2);
    world.restart('n2');
    world.passes(8);
    expect(world.phases()['n2']).toBe('Pending');
    world.now += 300_000;
    world.restart('n2');
    world.passes(8);
    expect(world.phases()['n2']).toBe('FellBack');
  });

  it('a switched node that comes back in another mode is not counted any more', () => {
    const world = watched();
    world.change('nftables');
    world.passes(2);
    world.roll('n1', 'n2');
    world.change('ipvs');
    world.roll('n1');
    expect(world.phases()).toEqual({ n1: 'Pending', n2: 'Switched', n3: 'Pending' });
    expect(world.status.message).toContain('says ipvs and is not written by this migration');
  });
});

describe('whatever happens', () => {
  type Event = (world: Watched) => void;
  const NAMES = ['n1', 'n2', 'n3'] as const;
  const name = fc.constantFrom(...NAMES);
  const behaviour = fc.constantFrom('works', 'crashes', 'never-syncs', 'falls-back', 'silent');
  const event: fc.Arbitrary<Event> = fc.oneof(
    fc.constantFrom('iptables', 'ipvs', 'nftables').map(
      (mode): Event =>
        (world) =>
          world.change(mode),
    ),
    name.map(
      (node): Event =>
        (world) =>
          world.replacePod(node),
    ),
    name.map(
      (node): Event =>
        (world) =>
          world.restart(node),
    ),
    fc.tuple(name, fc.boolean()).map(
      ([node, ready]): Event =>
        (world) =>
          world.setReady(node, ready),
    ),
    fc.tuple(name, behaviour).map(
      ([node, how]): Event =>
        (world) =>
          (world.node(node).behaviour = { nftables: how }),
    ),
    fc.constant<Event>((world) => world.forget()),
    fc.constant<Event>((world) => (world.retry = String(world.now))),
    fc.constant<Event>((world) => (world.config = { text: 'mode: [', version: world.config.version + 1 })),
    fc.constant<Event>((world) => (world.config = { text: CONFIG, version: world.config.version + 1 })),
    fc.constant<Event>((world) => (world.now += 400_000)),
  );

  function look(world: Watched): void {
    const { edit, deletePods, tasks, finalizer } = world.step();
    expect({ edit, deletePods, tasks, finalizer }).toEqual({
      edit: undefined,
      deletePods: [],
      tasks: [],
      finalizer: 'leave',
    });
  }

  it('nothing is edited, deleted or held; and once all is well, it succeeds', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.nat(12)), { maxLength: 25 }), (story) => {
        const world = new Watched();
        for (const [happens, passes] of story) {
          happens(world);
          for (let i = 0; i < passes; i++) look(world);
        }
        world.config = { text: CONFIG, version: world.config.version + 1 };
        for (const node of NAMES) {
          world.setReady(node, true);
          world.node(node).behaviour = {};
          world.replacePod(node);
        }
        for (let i = 0; i < 40; i++) look(world);
        world.change('nftables');
        for (let i = 0; i < 3; i++) look(world);
        for (const node of NAMES) world.replacePod(node);
        for (let i = 0; i < 40; i++) look(world);
        expect(world.status.phase, world.status.message).toBe('Succeeded');
      }),
      { numRuns: 80 },
    );
  });
});

describe('the spec of an assistant', () => {
  const { spec } = new ModelWorld(1, { mode: 'nftables' });

  it('is anybody’s without the strategy', () => {
    expect(asAssistant(spec)).toBe(spec);
  });

  it('checks only, and takes what is said of owners for granted', () => {
    const { preflight } = asAssistant({
      ...spec,
      ...ASSIST,
      preflight: { ...spec.preflight, accept: ['flannel-nft'] },
    });
    expect(preflight).toMatchObject({
      kernelModules: 'Check',
      sysctls: 'Check',
      accept: ['flannel-nft', ...OWNER_RULES],
    });
    const skipping = { ...spec.preflight, kernelModules: 'Skip', sysctls: 'Skip' } as const;
    expect(asAssistant({ ...spec, ...ASSIST, preflight: skipping }).preflight).toMatchObject({
      kernelModules: 'Skip',
      sysctls: 'Skip',
    });
  });
});
