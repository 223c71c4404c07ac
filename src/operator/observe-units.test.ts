import { describe, expect, it } from 'vitest';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS, type NodeMigration, type ProxyModeMigration } from '../api/kinds.ts';
import type { NodeMigrationStatus } from '../api/node-migration.ts';
import { withOptions } from '../kubeproxy/fixtures/units.ts';
import { createFakeClock } from '../kopf-ts/testing/fake-clock.ts';
import type { Blocked, Observed, Reading } from '../rollout/observed.ts';
import { sha256 } from '../kubeproxy/sha256.ts';
import { optionsPlace } from '../systemd/testing/place.ts';
import { KubeProxyWatch } from './kube-proxy-watch.ts';
import { migrationFacts } from './observe.ts';
import { observeUnits } from './observe-units.ts';
import { NODES, type ConfigMapObject, type NodeObject } from './resources.ts';
import { fakeCache, fakeOperator } from './testing/fake-cache.ts';
import { migration, nodeMigration } from './testing/facts.ts';
import { configOf, FIRST, recorded, seenUnit } from './testing/units.ts';
import type { UnitLook } from './unit-watch.ts';

const FILE = '/etc/kube-proxy.yml';
const TARGET = `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: nftables\n`;
const ORIGINAL = TARGET.replace('nftables', 'iptables');

function node(name: string, labels: Record<string, string> = {}, ready = 'True'): NodeObject {
  return {
    metadata: { name, uid: `${name}-uid`, labels },
    status: { conditions: [{ type: 'Ready', status: ready }], nodeInfo: { kubeletVersion: 'v1.36.3' } },
  };
}

function unit(mode: string): UnitLook {
  return { seen: seenUnit(configOf(mode), FILE), problem: undefined, answers: true, since: 0 };
}

function silent(problem: string, look: Partial<UnitLook> = {}): UnitLook {
  return { seen: undefined, problem, answers: false, since: 0, ...look };
}

function ofUnits(fields: Parameters<typeof migration>[0] = {}): ProxyModeMigration {
  return migration({ ...fields, spec: { kubeProxy: { type: 'Systemd' }, ...fields.spec } });
}

function configMap(text: string, owner = 'm-uid'): ConfigMapObject {
  const ownerReferences = [{ apiVersion: 'proxymode.dev/v1alpha1', kind: 'ProxyModeMigration', name: 'm', uid: owner }];
  return {
    metadata: { name: 'proxymode-m', namespace: 'own', resourceVersion: '41', ownerReferences },
    data: { 'config.conf': text },
  };
}

type Scene = {
  readonly looks?: Readonly<Record<string, UnitLook | undefined>>;
  readonly nodes?: readonly NodeObject[];
  readonly objects?: readonly ConfigMapObject[];
  readonly records?: readonly NodeMigration[];
  readonly runs?: string;
  readonly watched?: Map<string, boolean>;
};

async function seen(object: ProxyModeMigration, scene: Scene = {}): Promise<Observed | Blocked> {
  const { looks = { n1: unit('iptables'), n2: unit('iptables') }, nodes = [node('n1'), node('n2')] } = scene;
  const operator = fakeOperator();
  operator.hold('configmaps', { objects: scene.objects ?? [] });
  const reading = { mode: scene.runs } as Reading;
  const from = {
    clock: createFakeClock(),
    ownNode: undefined,
    namespace: 'own',
    migrations: fakeCache(PROXY_MODE_MIGRATIONS, { objects: [object] }),
    records: fakeCache(NODE_MIGRATIONS, { objects: scene.records ?? [] }),
    nodes: fakeCache(NODES, { objects: nodes }),
    sight: { spans: [] },
    kubeProxy: new KubeProxyWatch(operator, () => undefined),
    prober: {
      facts: () =>
        scene.runs === undefined
          ? undefined
          : { podUID: FIRST, restarts: 0, readings: [reading], asked: [], page: '', error: undefined },
      lastWords: () => undefined,
    },
    surveyor: { survey: () => undefined },
    tasks: { result: () => undefined },
    trials: { result: () => undefined },
    units: {
      watch: (wanted: ReadonlyMap<string, boolean>) => {
        for (const [name, isQuick] of wanted) scene.watched?.set(name, isQuick);
      },
      look: (name: string) => looks[name],
      replacing: () => undefined,
      failure: () => undefined,
    },
  };
  return observeUnits(migrationFacts(object), from, new AbortController().signal);
}

async function world(object: ProxyModeMigration, scene?: Scene): Promise<Observed> {
  const result = await seen(object, scene);
  if (result.kind === 'blocked') throw new Error(`blocked: ${result.message}`);
  return result;
}

async function blocked(object: ProxyModeMigration, scene?: Scene): Promise<Blocked> {
  const result = await seen(object, scene);
  if (result.kind === 'observed') throw new Error('not blocked');
  return result;
}

function record(name: string, status: NodeMigrationStatus): NodeMigration {
  return { ...nodeMigration(name, 'm-uid'), status };
}

const started = { startedAt: '2026-01-01T00:00:00Z', config: { originalMode: 'iptables', original: ORIGINAL } };
const begun = { ...started, config: { ...started.config, appliedAt: '2026-01-01T00:00:10Z' } };

describe('kube-proxies that are units', () => {
  it('are seen in the shape of pods, with a ConfigMap of the operator’s own that is not there yet', async () => {
    const { pods, configMap: facts, configMode, kubeProxy } = await world(ofUnits());
    expect([...pods.keys()]).toEqual(['n1', 'n2']);
    expect(pods.get('n1')).toMatchObject({ uid: FIRST, systemd: recorded(configOf('iptables'), FILE) });
    expect(facts).toMatchObject({ resourceVersion: '', text: expect.stringContaining('mode: iptables') as string });
    expect(configMode).toBe('iptables');
    expect(kubeProxy).toMatchObject({ namespace: 'own', daemonSet: 'kube-proxy.service', configMap: 'proxymode-m' });
  });

  it('show what will be written into the file of the first of them', async () => {
    const { preview } = await world(ofUnits());
    expect(preview).toEqual({ name: `n1:${FILE}`, before: configOf('iptables'), after: configOf('nftables') });
  });

  it('are waited for until each has been looked at once', async () => {
    const result = await blocked(ofUnits(), { looks: { n1: unit('iptables') } });
    expect(result).toMatchObject({
      passing: true,
      reason: 'Planning',
      message: expect.stringContaining('1 of 2') as string,
    });
  });

  it.each([
    ['another flag', ' --proxy-mode=iptables', '--proxy-mode=iptables\n'],
    ['no flag', '', ''],
  ])('with %s in an options file show the flag alone, and record no line of the file', async (_, flag, before) => {
    const text = `TOKEN=s3cret\nKUBE_PROXY_OPTS="--v=2${flag}"\n`;
    const look = unit('iptables');
    const place = optionsPlace('/etc/kube-proxy.conf', withOptions(text));
    const file = { kind: 'file', text, sha256: sha256(text) } as const;
    const one = look.seen && { ...look.seen, place, facts: { ...look.seen.facts, file } };
    const { preview, pods } = await world(ofUnits(), { looks: { n1: { ...look, seen: one }, n2: unit('iptables') } });
    expect(preview).toEqual({ name: 'n1:/etc/kube-proxy.conf', before, after: '--proxy-mode=nftables\n' });
    expect(pods.get('n1')?.systemd).toMatchObject({ sha256: sha256(text), proxyMode: flag && 'iptables' });
    expect(JSON.stringify([...pods])).not.toMatch(/s3cret|--v=2/);
  });

  it('are looked at where they are selected or recorded, quickly where they are in transit', async () => {
    const watched = new Map<string, boolean>();
    const nodes = [node('n1', { pool: 'a' }), node('n2'), node('n3'), node('n4')];
    const object = ofUnits({ spec: { nodeSelector: { matchLabels: { pool: 'a' } } }, status: begun });
    const looks = { n1: unit('iptables'), n2: unit('iptables'), n3: unit('iptables') };
    await seen(object, { watched, nodes, looks, records: [record('n2', {}), record('n3', { phase: 'Verifying' })] });
    expect([...watched]).toEqual([
      ['n1', false],
      ['n2', false],
      ['n3', true],
    ]);
  });

  it('do not hold up anything where their node is NotReady', async () => {
    const nodes = [node('n1'), node('n2', {}, 'Unknown')];
    const { pods } = await world(ofUnits(), { nodes, looks: { n1: unit('iptables') } });
    expect([...pods.keys()]).toEqual(['n1']);
  });

  it('that cannot be read keep a migration from its beginning, and only from that', async () => {
    const looks = { n1: unit('iptables'), n2: silent('SHA256:x is not the known key') };
    expect(await blocked(ofUnits(), { looks })).toMatchObject({
      reason: 'NodesUnreadable',
      message: expect.stringContaining('n2: SHA256:x is not the known key') as string,
    });
    const objects = [configMap(TARGET)];
    expect((await world(ofUnits({ status: begun }), { looks, objects })).pods.has('n2')).toBe(false);
  });

  it('keep it from its beginning when their files cannot be edited', async () => {
    const looks = { n1: unit('iptables'), n2: { ...unit('iptables'), seen: seenUnit('kind: [', FILE) } };
    expect(await blocked(ofUnits(), { looks })).toMatchObject({ reason: 'ConfigUnparsable' });
  });

  it('keep it from its beginning when they do not run what their files say', async () => {
    expect(await blocked(ofUnits(), { runs: 'ipvs' })).toMatchObject({
      reason: 'InvalidSpec',
      message: expect.stringContaining('says iptables, but its kube-proxy runs ipvs') as string,
    });
    expect((await seen(ofUnits(), { runs: 'iptables' })).kind).toBe('observed');
  });
});

describe('machines without a Node object', () => {
  const gateway = { name: 'gw', address: '10.0.0.9', controlPlane: false };
  const listed = (fields: Parameters<typeof migration>[0] = {}): ProxyModeMigration =>
    ofUnits({ ...fields, spec: { kubeProxy: { type: 'Systemd', systemd: { nodes: [gateway] } }, ...fields.spec } });
  const nodes = [node('n1')];

  it('are nodes beside the others', async () => {
    const result = await world(listed(), { nodes, looks: { n1: unit('iptables'), gw: unit('iptables') } });
    expect(result.nodes.map(({ name, ready }) => [name, ready])).toEqual([
      ['n1', true],
      ['gw', true],
    ]);
    expect([...result.pods.keys()]).toEqual(['n1', 'gw']);
  });

  it('are all there is where no kubelet is registered', async () => {
    const { pods, configMode } = await world(listed(), { nodes: [], looks: { gw: unit('ipvs') } });
    expect([[...pods.keys()], configMode]).toEqual([['gw'], 'ipvs']);
  });

  it('are waited for until each has been looked at once', async () => {
    expect(await blocked(listed(), { nodes, looks: { n1: unit('iptables') } })).toMatchObject({ passing: true });
  });

  it.each([
    ['has never answered', silent('no route to host')],
    ['does not answer any more', { ...unit('iptables'), problem: 'no route to host', answers: false }],
  ])('keep a migration from its beginning when one %s: nothing else says that it is there', async (_, gw) => {
    expect(await blocked(listed(), { nodes, looks: { n1: unit('iptables'), gw } })).toMatchObject({
      reason: 'NodesUnreadable',
      message: expect.stringMatching(/gw: no route to host.*spec\.kubeProxy\.systemd\.nodes/) as string,
    });
  });

  it('are NotReady later, while they do not answer', async () => {
    const gw = { ...unit('nftables'), answers: false, since: 1234, problem: 'no route to host' };
    const looks = { n1: unit('nftables'), gw };
    const result = await world(listed({ status: begun }), { nodes, looks, objects: [configMap(TARGET)] });
    expect(result.nodes.find(({ name }) => name === 'gw')).toMatchObject({ ready: false, readyChangedAt: 1234 });
    expect(result.pods.has('gw')).toBe(true);
  });

  it('are selected by their name', async () => {
    const watched = new Map<string, boolean>();
    const spec = { nodeSelector: { matchLabels: { 'kubernetes.io/hostname': 'gw' } } };
    await seen(listed({ spec }), { nodes, watched, looks: { gw: unit('iptables') } });
    expect([...watched.keys()]).toEqual(['gw']);
  });
});

describe('the ConfigMap of the operator’s own', () => {
  it('begins with the mode most files ask for', async () => {
    const looks = { n1: unit('ipvs'), n2: unit('iptables'), n3: unit('ipvs') };
    const nodes = [node('n1'), node('n2'), node('n3')];
    expect((await world(ofUnits(), { looks, nodes })).configMode).toBe('ipvs');
  });

  it('is read when it is there', async () => {
    const objects = [configMap(TARGET)];
    expect((await world(ofUnits({ status: begun }), { objects })).configMap).toMatchObject({
      text: TARGET,
      resourceVersion: '41',
    });
  });

  it('is not taken over from somebody else', async () => {
    const objects = [configMap(TARGET, 'another')];
    expect(await blocked(ofUnits(), { objects })).toMatchObject({ reason: 'Conflict' });
  });

  it.each([
    ['the target', begun, {}, 'nftables'],
    [
      'the old mode once it goes back',
      { ...begun, turnedBack: { at: '2026-01-01T00:01:00Z', because: 'x' } },
      {},
      'iptables',
    ],
    ['the old mode when the migration is deleted', begun, { deletionTimestamp: '2026-01-01T00:01:00Z' }, 'iptables'],
  ] as const)('if somebody deletes it in mid-flight, still says %s', async (_, status, metadata, mode) => {
    expect((await world(ofUnits({ status, metadata }))).configMode).toBe(mode);
  });
});
