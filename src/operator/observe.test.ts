import { TemporaryError } from 'kopf-ts';
import { describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../kopf-ts/testing/fake-clock.ts';
import { createMemoryLog } from '../kopf-ts/testing/memory-log.ts';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS, type NodeMigration, type ProxyModeMigration } from '../api/kinds.ts';
import { kubeadm } from '../kubeproxy/fixtures/daemon-sets.ts';
import type { Observed } from '../rollout/observed.ts';
import { KubeProxyWatch } from './kube-proxy-watch.ts';
import { migrationFacts, observe, type Seen } from './observe.ts';
import { Prober } from './prober.ts';
import { NODES, type ConfigMapObject, type DaemonSetObject, type NodeObject, type PodObject } from './resources.ts';
import { UnitWatch } from './unit-watch.ts';
import { fakeCache, fakeOperator, type FakeCache, type FakeOperator } from './testing/fake-cache.ts';
import { createFakeClient, refused, type FakeClient } from './testing/fake-client.ts';
import { CONFIG, migration, nodeMigration, WHERE } from './testing/facts.ts';

const OWNER = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'kube-proxy', uid: 'ds-uid', controller: true };
const forbidden = refused(403, 'cannot list nodes at the cluster scope');

function daemonSet(fields: Partial<DaemonSetObject> = {}): DaemonSetObject {
  return { ...kubeadm, metadata: { ...kubeadm.metadata, uid: 'ds-uid', generation: 2 }, ...fields };
}

function configMap(text: string, key = 'config.conf'): ConfigMapObject {
  return {
    metadata: { name: 'kube-proxy', namespace: 'kube-system', resourceVersion: '41' },
    data: { [key]: text },
  };
}

function node(name: string): NodeObject {
  return { metadata: { name, uid: `${name}-uid` }, status: { nodeInfo: { kubeletVersion: 'v1.40.1' } } };
}

function podOn(nodeName: string, ownerReferences = [OWNER]): PodObject {
  return {
    metadata: { name: `kube-proxy-${nodeName}`, uid: `${nodeName}-pod`, ownerReferences },
    spec: { nodeName },
    status: { phase: 'Running', containerStatuses: [{ name: 'kube-proxy', state: { running: {} } }] },
  };
}

type Scene = {
  readonly clock: FakeClock;
  readonly operator: FakeOperator;
  readonly nodes: FakeCache<NodeObject>;
  readonly client: FakeClient;
  observe(object?: ProxyModeMigration, signal?: AbortSignal): Promise<Seen>;
};

type SceneOptions = {
  readonly migrations?: readonly ProxyModeMigration[];
  readonly records?: readonly NodeMigration[];
  readonly nodes?: Parameters<typeof fakeCache<NodeObject>>[1];
};

/** A cluster of two nodes with kubeadm's kube-proxy. */
function scene({
  migrations = [],
  records = [],
  nodes = { objects: [node('n1'), node('n2')] },
}: SceneOptions = {}): Scene {
  const clock = createFakeClock();
  const client = createFakeClient();
  const operator = fakeOperator();
  operator.hold('daemonsets', { objects: [daemonSet()] });
  operator.hold('configmaps', { objects: [configMap(CONFIG)] });
  operator.hold('pods', { objects: [podOn('n1'), podOn('n2')] });
  const nodeCache = fakeCache(NODES, nodes);
  const common = { clock, log: createMemoryLog(), changed: () => undefined };
  const sources = {
    clock,
    ownNode: 'n2',
    migrations: fakeCache(PROXY_MODE_MIGRATIONS, { objects: migrations }),
    records: fakeCache(NODE_MIGRATIONS, { objects: records }),
    nodes: nodeCache,
    kubeProxy: new KubeProxyWatch(operator, () => undefined),
    prober: new Prober({ client, clock, log: createMemoryLog(), changed: () => undefined }),
    surveyor: { survey: () => undefined },
    tasks: { result: () => undefined },
    trials: { result: () => undefined },
    units: new UnitWatch({ ...common, open: () => Promise.reject(new Error('no node')), wanted: () => ({}) }),
    sight: { spans: [] },
    namespace: 'proxymode-system',
  };
  return {
    clock,
    operator,
    nodes: nodeCache,
    client,
    observe: (object = migration(), signal = new AbortController().signal) => observe(object, sources, signal),
  };
}

async function observed(here: Scene, object?: ProxyModeMigration): Promise<Observed> {
  const { world } = await here.observe(object);
  if (world.kind === 'blocked') throw new Error(`blocked: ${world.message}`);
  return world;
}

describe('observe', () => {
  it('gathers everything a pass decides on, and sends nothing', async () => {
    const here = scene({ records: [nodeMigration('n1', 'm-uid')] });
    const { migration: facts, world } = await here.observe();
    expect(facts).toEqual(migrationFacts(migration()));
    expect(world).toMatchObject({
      kind: 'observed',
      now: here.clock.now(),
      ownNode: 'n2',
      migration: facts,
      rival: undefined,
      kubeProxy: WHERE,
      daemonSetRolling: false,
      configMap: { text: CONFIG, resourceVersion: '41' },
      configMode: 'iptables',
      configProblem: undefined,
      metricsPort: 10249,
      featureGates: {},
      nodes: [{ name: 'n1' }, { name: 'n2' }],
    });
    const { pods, records } = world as Observed;
    expect([...pods.keys()]).toEqual(['n1', 'n2']);
    expect([...records]).toEqual([['n1', { node: 'n1', nodeUID: 'n1-uid', resourceVersion: '5', status: {} }]]);
    expect(here.client.sent).toEqual([]);
  });

  it('looks for the DaemonSet in kube-system, or where the spec says', async () => {
    const here = scene();
    await here.observe();
    expect(here.operator.last('daemonsets').selection).toEqual({ namespace: 'kube-system' });
    const daemonSetSpec = { namespace: 'elsewhere', name: 'kube-proxy' };
    await here.observe(migration({ spec: { kubeProxy: { type: 'DaemonSet', daemonSet: daemonSetSpec } } }));
    expect(here.operator.last('daemonsets').selection).toEqual({ namespace: 'elsewhere' });
  });

  it('takes no pod for kube-proxy that the DaemonSet has not made', async () => {
    const here = scene();
    here.operator.hold('pods', { objects: [podOn('n1'), podOn('n2', [{ ...OWNER, uid: 'impostor' }])] });
    expect([...(await observed(here)).pods.keys()]).toEqual(['n1']);
  });

  it('takes no record for its own that a deleted migration of the same name has left', async () => {
    const orphan = { ...nodeMigration('n3', ''), metadata: { name: 'm.n3' } };
    const here = scene({ records: [nodeMigration('n1', 'older'), nodeMigration('n2', 'm-uid'), orphan] });
    expect([...(await observed(here)).records.keys()]).toEqual(['n2']);
  });

  it('stays with the kube-proxy the migration began with', async () => {
    const impostor = { ...kubeadm, metadata: { ...kubeadm.metadata, name: 'another', uid: 'another' } };
    const kubeProxy = {
      namespace: 'kube-system',
      daemonSet: 'kube-proxy',
      configMap: 'kube-proxy',
      key: 'config.conf',
    };
    const here = scene();
    here.operator.hold('daemonsets', { objects: [impostor, daemonSet()] });
    const fresh = migration({ status: { kubeProxy: { ...kubeProxy, daemonSet: 'another' } } });
    expect((await here.observe(fresh)).world).toMatchObject({ kind: 'blocked', reason: 'InvalidSpec' });
    const begun = migration({ status: { startedAt: '2026-01-01T00:00:00Z', kubeProxy } });
    expect((await observed(here, begun)).kubeProxy).toMatchObject({ daemonSet: 'kube-proxy', key: 'config.conf' });
  });

  it('sees a migration that goes first', async () => {
    const creationTimestamp = '2026-01-01T00:00:00Z';
    const own = migration({ metadata: { creationTimestamp } });
    const other = migration({ metadata: { name: 'a', uid: 'a-uid', creationTimestamp } });
    expect((await observed(scene({ migrations: [own, other] }), own)).rival).toBe('a');
  });

  it('waits for nothing, and leaves no timer behind, when all is there', async () => {
    const here = scene();
    await here.observe();
    expect(here.clock.sleepers).toBe(0);
  });
});

describe('migrationFacts', () => {
  it('are what the object says, or the least that makes sense', () => {
    const marked = migration({
      metadata: {
        generation: 3,
        deletionTimestamp: '2026-01-01T00:00:00Z',
        finalizers: ['other/one', 'proxymode.dev/restore'],
        annotations: { 'proxymode.dev/retry': 'again' },
      },
      status: { phase: 'Failed' },
    });
    const { spec } = marked;
    expect(migrationFacts(marked)).toEqual({
      name: 'm',
      uid: 'm-uid',
      generation: 3,
      deleting: true,
      hasFinalizer: true,
      retry: 'again',
      spec,
      status: { phase: 'Failed' },
    });
    expect(migrationFacts({ metadata: { name: 'm', finalizers: ['other/one'] }, spec })).toEqual({
      name: 'm',
      uid: '',
      generation: 0,
      deleting: false,
      hasFinalizer: false,
      retry: undefined,
      spec,
      status: {},
    });
  });
});

it('cuts a retry to what the status can hold', () => {
  const annotations = { 'proxymode.dev/retry': 'x'.repeat(1000) };
  expect(migrationFacts(migration({ metadata: { annotations } })).retry).toHaveLength(256);
});

describe('a cache that has no list yet', () => {
  it('is waited for', async () => {
    const here = scene({ nodes: { objects: [node('n1')], synced: false } });
    const end = observed(here);
    await here.clock.advance(9000);
    here.nodes.sync();
    expect((await end).nodes).toHaveLength(1);
  });

  it('ends the pass after ten seconds, to be tried again', async () => {
    const here = scene({ nodes: { synced: false } });
    const failed = expect(here.observe()).rejects.toThrow('nodes could not be listed yet: no answer');
    await here.clock.advance(10_000);
    await failed;
  });

  it('ends the pass at once, with the reason, when the list fails', async () => {
    const here = scene({ nodes: { synced: false } });
    const end = here.observe();
    const failed = Promise.all([
      expect(end).rejects.toThrow(TemporaryError),
      expect(end).rejects.toMatchObject({ message: 'nodes could not be listed yet: HTTP 500', delay: 1000 }),
    ]);
    await here.clock.advance(1000);
    here.nodes.fail(refused(500));
    await here.clock.advance(50);
    await failed;
  });

  it('ends the pass when the pass is cut short', async () => {
    const here = scene({ nodes: { synced: false } });
    const cut = new AbortController();
    const failed = expect(here.observe(migration(), cut.signal)).rejects.toThrow(TemporaryError);
    cut.abort();
    await failed;
    expect(here.clock.sleepers).toBe(0);
  });

  it.each(['nodes', 'daemonsets', 'configmaps', 'pods'])(
    'blocks in the API server’s own words when %s may not be listed',
    async (plural) => {
      const contents = { synced: false, problem: forbidden };
      const here = scene(plural === 'nodes' ? { nodes: contents } : {});
      here.operator.hold(plural, contents);
      if (plural === 'nodes') here.operator.hold('daemonsets', { objects: [daemonSet()] });
      const { world } = await here.observe();
      expect(world).toEqual({ kind: 'blocked', reason: 'Forbidden', message: forbidden.message });
    },
  );

  it.each([400, 404, 405])(
    'blocks when the API server answers HTTP %i, which another try will not change',
    async (status) => {
      const here = scene({ nodes: { synced: false, problem: refused(status) } });
      expect((await here.observe()).world).toEqual({
        kind: 'blocked',
        reason: 'InvalidSpec',
        message: `HTTP ${status}`,
      });
    },
  );

  it('blocks when the refusal comes only after a while', async () => {
    const here = scene({ nodes: { synced: false } });
    const end = here.observe();
    await here.clock.advance(500);
    here.nodes.fail(forbidden);
    await here.clock.advance(50);
    expect((await end).world).toMatchObject({ reason: 'Forbidden' });
  });

  it('blocks in the middle of a migration only when the refusal lasts: a server that comes back refuses everybody', async () => {
    const here = scene({ nodes: { synced: false, problem: forbidden } });
    const midway = { ...migration(), status: { startedAt: '2026-01-01T00:00:00Z' } };
    await expect(here.observe(midway)).rejects.toThrow('could not be listed yet');
    await here.clock.advance(9999);
    await expect(here.observe(midway)).rejects.toThrow(forbidden.message);
    await here.clock.advance(1);
    expect((await here.observe(midway)).world).toMatchObject({ kind: 'blocked', reason: 'Forbidden' });
  });

  it('is believed as long as it has a list, also while the watch fails', async () => {
    const here = scene({ nodes: { objects: [node('n1')], problem: refused(500) } });
    expect((await observed(here)).nodes).toHaveLength(1);
  });
});

describe('what cannot be observed', () => {
  it('is a missing kube-proxy', async () => {
    const here = scene();
    here.operator.hold('daemonsets', { objects: [] });
    expect((await here.observe()).world).toMatchObject({ kind: 'blocked', reason: 'KubeProxyNotFound' });
    expect(here.operator.opened.map(({ resource }) => resource.plural)).toEqual(['daemonsets']);
  });

  it('is a missing ConfigMap, and who reads it', async () => {
    const here = scene();
    here.operator.hold('configmaps', { objects: [] });
    expect((await here.observe()).world).toEqual({
      kind: 'blocked',
      reason: 'ConfigMapNotFound',
      message: 'ConfigMap kube-system/kube-proxy, which DaemonSet kube-proxy reads, does not exist',
    });
  });

  it('is a missing key', async () => {
    const here = scene();
    here.operator.hold('configmaps', { objects: [configMap(CONFIG, 'config.yaml')] });
    expect((await here.observe()).world).toMatchObject({
      reason: 'ConfigMapNotFound',
      message: 'ConfigMap kube-system/kube-proxy, which DaemonSet kube-proxy reads, has no key config.conf',
    });
  });
});

describe('the configuration', () => {
  it('that does not parse is a problem, not a mode; kube-proxies are asked where they usually are', async () => {
    const here = scene();
    here.operator.hold('configmaps', { objects: [configMap('mode: [iptables\n')] });
    const { configMode, configProblem, metricsPort, featureGates, configMap: facts } = await observed(here);
    expect({ configMode, metricsPort, featureGates }).toEqual({
      configMode: undefined,
      metricsPort: 10249,
      featureGates: {},
    });
    expect(configProblem).toMatch(/line/);
    expect(facts.text).toBe('mode: [iptables\n');
  });

  it('says the port and the feature gates', async () => {
    const here = scene();
    const text = `${CONFIG}metricsBindAddress: 0.0.0.0:10999\nfeatureGates: {NFTablesProxyMode: true}\n`;
    here.operator.hold('configmaps', { objects: [configMap(text)] });
    expect(await observed(here)).toMatchObject({ metricsPort: 10999, featureGates: { NFTablesProxyMode: true } });
  });

  const image = (text: string): DaemonSetObject => {
    const found = daemonSet();
    const spec = JSON.parse(JSON.stringify(found.spec).replace(WHERE.image, text)) as DaemonSetObject['spec'];
    return daemonSet({ spec } as Partial<DaemonSetObject>);
  };

  it.each([
    ['the image’s tag', 'registry:5000/kube-proxy:v1.39.2', [node('n1')], 'iptables'],
    ['a tag of a distribution', 'registry:5000/eks/kube-proxy:v1.40.0-eksbuild.1', [], 'nftables'],
    ['a kubelet, where there is only a digest', 'registry:5000/kube-proxy@sha256:0123', [node('n1')], 'nftables'],
    ['a kubelet, where the tag is no version', 'registry:5000/kube-proxy:latest', [node('n1')], 'nftables'],
    ['nobody', 'registry:5000/kube-proxy@sha256:0123', [{ metadata: { name: 'n1' } }], 'iptables'],
  ])('without a mode means the default of the version, known from %s', async (_, text, nodes, mode) => {
    const here = scene({ nodes: { objects: nodes } });
    here.operator.hold('daemonsets', { objects: [image(text)] });
    here.operator.hold('configmaps', { objects: [configMap(CONFIG.replace('iptables', '""'))] });
    expect((await observed(here)).configMode).toBe(mode);
  });
});

describe('a rollout of the DaemonSet', () => {
  const done = { observedGeneration: 2, desiredNumberScheduled: 3, updatedNumberScheduled: 3 };
  const onDelete = { spec: { ...kubeadm.spec, updateStrategy: { type: 'OnDelete' } } };

  it.each([
    ['is over when all pods are of the current template', { status: done }, false],
    ['is under way while pods are of an older one', { status: { ...done, updatedNumberScheduled: 2 } }, true],
    ['is under way while nobody has seen the new template', { status: { ...done, observedGeneration: 1 } }, true],
    ['is none of our business with OnDelete', { ...onDelete, status: { ...done, updatedNumberScheduled: 0 } }, false],
    ['is not known without a status', {}, false],
  ])('%s', async (_, fields, rolling) => {
    const here = scene();
    here.operator.hold('daemonsets', { objects: [daemonSet(fields)] });
    expect((await observed(here)).daemonSetRolling).toBe(rolling);
  });
});
