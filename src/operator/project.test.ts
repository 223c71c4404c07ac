import { describe, expect, it } from 'vitest';
import { kubeadm } from '../kubeproxy/fixtures/daemon-sets.ts';
import { locate } from '../kubeproxy/locate.ts';
import {
  configMapFacts,
  madeBy,
  nodeFacts,
  podFacts,
  podsByNode,
  projectConfigMap,
  projectDaemonSet,
  projectNode,
  projectPod,
} from './project.ts';
import type { ConfigMapObject, ContainerStatus, DaemonSetObject, NodeObject, PodObject } from './resources.ts';
import { bigNode } from './testing/big-node.ts';

const OWNER = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'kube-proxy', uid: 'ds-uid', controller: true };
const SINCE = '2026-01-01T00:00:00Z';

function node(fields: Partial<NodeObject['metadata']> = {}, status: NodeObject['status'] = ready('True')): NodeObject {
  return { metadata: { name: 'n1', uid: 'n1-uid', ...fields }, status };
}

function ready(status: string): NonNullable<NodeObject['status']> {
  return {
    conditions: [
      { type: 'MemoryPressure', status: 'False', lastTransitionTime: '2020-01-01T00:00:00Z' },
      { type: 'Ready', status, lastTransitionTime: SINCE },
    ],
  };
}

const NOW = Date.UTC(2100, 0, 1);

describe('nodeFacts', () => {
  it('does not believe a kubelet whose clock is ahead', () => {
    const early = Date.parse(SINCE) - 1000;
    expect(nodeFacts(node({}, ready('True')), early).readyChangedAt).toBe(early);
  });

  it('says by which nodes are alike', () => {
    const info = { kernelVersion: '6.12.9', osImage: 'Debian 13', architecture: 'arm64', kubeletVersion: 'v1.36.3' };
    const seen = projectNode({ metadata: { name: 'n1' }, status: { nodeInfo: info } });
    expect(nodeFacts(seen, NOW).system).toBe('6.12.9, Debian 13, arm64');
  });

  it('says whether the node is Ready, and since when', () => {
    expect(nodeFacts(node({ labels: { pool: 'a' } }), NOW)).toEqual({
      name: 'n1',
      uid: 'n1-uid',
      ready: true,
      readyChangedAt: Date.parse(SINCE),
      controlPlane: false,
      labels: { pool: 'a' },
      system: '',
    });
  });

  it.each([
    ['NotReady', node({}, ready('False'))],
    ['out of reach', node({}, ready('Unknown'))],
    ['being removed', node({ deletionTimestamp: SINCE })],
    ['new, without conditions', node({}, {})],
    ['without a status', { metadata: { name: 'n1' } }],
  ])('takes a node that is %s for not ready', (_, object) => {
    expect(nodeFacts(object, NOW).ready).toBe(false);
  });

  it('has a time also where none is given', () => {
    expect(nodeFacts({ metadata: { name: 'n1' } }, NOW)).toMatchObject({ readyChangedAt: 0, uid: '', labels: {} });
  });

  it.each(['node-role.kubernetes.io/control-plane', 'node-role.kubernetes.io/master'])(
    'knows the control plane by %s, whose value is empty',
    (label) => {
      expect(nodeFacts(node({ labels: { [label]: '' } }), NOW).controlPlane).toBe(true);
    },
  );
});

describe('projectNode', () => {
  it('makes less than 2 kB of a real 25 kB node, and loses no fact', () => {
    const whole = bigNode();
    const projected = projectNode(whole);
    expect(JSON.stringify(whole).length).toBeGreaterThan(25_000);
    expect(JSON.stringify(projected).length).toBeLessThan(2000);
    expect(nodeFacts(projected, NOW)).toEqual(nodeFacts(whole, NOW));
    expect(projected.status?.nodeInfo?.kubeletVersion).toBe('v1.36.3');
    expect(projected.metadata.resourceVersion).toBe(whole.metadata.resourceVersion);
  });

  it('does not see a heartbeat', () => {
    const one = projectNode(node({}, { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: SINCE }] }));
    const beat = { lastHeartbeatTime: '2026-01-01T00:05:00Z' };
    const two = projectNode(
      node({}, { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: SINCE, ...beat }] }),
    );
    expect(two).toEqual(one);
  });

  it('is content with the bare minimum, and does not touch what it is given', () => {
    const bare: NodeObject = Object.freeze({ metadata: Object.freeze({ name: 'n1' }) });
    expect(projectNode(bare)).toEqual({
      metadata: { name: 'n1', labels: {} },
      status: { conditions: [], nodeInfo: {} },
    });
    expect(projectNode(projectNode(bigNode()))).toEqual(projectNode(bigNode()));
  });

  it('keeps that the node is being removed', () => {
    expect(nodeFacts(projectNode(node({ deletionTimestamp: SINCE })), NOW).ready).toBe(false);
  });
});

type PodFields = {
  readonly name?: string;
  readonly node?: string | undefined;
  readonly deleting?: boolean;
  readonly phase?: string;
  readonly containers?: readonly ContainerStatus[];
};

function pod({ name = 'kube-proxy-a', node: nodeName = 'n1', deleting, phase, containers }: PodFields = {}): PodObject {
  return {
    metadata: {
      name,
      namespace: 'kube-system',
      uid: `${name}-uid`,
      labels: { 'k8s-app': 'kube-proxy' },
      ...(deleting === true ? { deletionTimestamp: SINCE } : {}),
    },
    spec: { nodeName },
    status: {
      phase: phase ?? 'Running',
      containerStatuses: containers ?? [{ name: 'kube-proxy', state: { running: {} } }],
    },
  };
}

const crashing: ContainerStatus = {
  name: 'kube-proxy',
  restartCount: 4,
  state: { waiting: { reason: 'CrashLoopBackOff' } },
  lastState: { terminated: { exitCode: 1, reason: 'Error' } },
};

const podCases: readonly (readonly [string, PodObject, object | undefined])[] = [
  ['that runs', pod(), { running: true, restarts: 0, waiting: undefined, ended: undefined, deleting: false }],
  [
    'in a crash loop',
    pod({ containers: [crashing] }),
    { running: false, restarts: 4, waiting: 'CrashLoopBackOff', ended: { exitCode: 1, reason: 'Error' } },
  ],
  [
    'whose container has just ended',
    pod({
      containers: [
        {
          name: 'kube-proxy',
          restartCount: 1,
          state: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
          lastState: { terminated: { exitCode: 1, reason: 'Error' } },
        },
      ],
    }),
    { running: false, restarts: 1, waiting: undefined, ended: { exitCode: 137, reason: 'OOMKilled' } },
  ],
  [
    'that runs again after an end',
    pod({
      containers: [
        { name: 'kube-proxy', restartCount: 1, state: { running: {} }, lastState: { terminated: { exitCode: 2 } } },
      ],
    }),
    { running: true, restarts: 1, ended: { exitCode: 2, reason: '' } },
  ],
  [
    'that waits for an init container',
    pod({ phase: 'Pending', containers: [{ name: 'kube-proxy', state: { waiting: { reason: 'PodInitializing' } } }] }),
    { running: false, waiting: 'PodInitializing', ended: undefined },
  ],
  [
    'whose image cannot be pulled',
    pod({ phase: 'Pending', containers: [{ name: 'kube-proxy', state: { waiting: { reason: 'ImagePullBackOff' } } }] }),
    { running: false, waiting: 'ImagePullBackOff' },
  ],
  ['that the kubelet has not seen yet', pod({ phase: 'Pending', containers: [] }), { running: false, restarts: 0 }],
  ['that is being deleted', pod({ deleting: true }), { deleting: true, running: true }],
  [
    'with a sidecar',
    pod({
      containers: [
        { name: 'exporter', restartCount: 9, state: { waiting: { reason: 'CrashLoopBackOff' } } },
        { name: 'kube-proxy', state: { running: {} } },
      ],
    }),
    { running: true, restarts: 0, waiting: undefined },
  ],
  ['that was evicted', pod({ phase: 'Failed', containers: [] }), undefined],
  ['that has ended for good', pod({ phase: 'Succeeded' }), undefined],
  ['that is not bound to a node', { metadata: { name: 'p' } }, undefined],
];

describe('podFacts', () => {
  it.each(podCases)('of a pod %s', (_, object, facts) => {
    if (facts === undefined) expect(podFacts(object, 'kube-proxy')).toBeUndefined();
    else expect(podFacts(object, 'kube-proxy')).toMatchObject({ node: 'n1', name: 'kube-proxy-a', ...facts });
  });

  it.each(podCases)('are the same after projection: of a pod %s', (_, object) => {
    expect(podFacts(projectPod(object), 'kube-proxy')).toEqual(podFacts(object, 'kube-proxy'));
  });
});

describe('the image that is on a node', () => {
  const [running, waiting] = [{ running: {} }, { waiting: { reason: 'ImagePullBackOff' } }];

  it.each<[string, string | undefined, ContainerStatus[]]>([
    ['is that of a kube-proxy that runs', 'b', [{ name: 'kube-proxy', state: running }]],
    ['is that of one that has run', 'b', [crashing]],
    ['is not that of one that is still being pulled', undefined, [{ name: 'kube-proxy', state: waiting }]],
    ['is not that of a sidecar', undefined, [{ name: 'exporter', state: running }]],
    ['is not known before the kubelet says so', undefined, []],
  ])('%s', (_, expected, statuses) => {
    const containers = [
      { name: 'exporter', image: 'a' },
      { name: 'kube-proxy', image: 'b' },
    ];
    const object = { ...pod({ containers: statuses }), spec: { nodeName: 'n1', containers } };
    expect(podFacts(projectPod(object), 'kube-proxy')?.image).toBe(expected);
  });
});

describe('projectPod', () => {
  it('keeps its owners, but neither labels, managed fields, addresses nor volumes', () => {
    const whole = {
      ...pod(),
      metadata: {
        ...pod().metadata,
        ownerReferences: [OWNER],
        managedFields: [{ manager: 'kubelet' }],
        annotations: { a: 'b' },
      },
      spec: { nodeName: 'n1', volumes: [{ name: 'v' }], containers: [{ name: 'kube-proxy', image: 'i', args: [] }] },
      status: { ...pod().status, podIP: '10.0.0.1', conditions: [{ type: 'Ready' }] },
    };
    expect(projectPod(whole)).toEqual({
      metadata: {
        name: 'kube-proxy-a',
        namespace: 'kube-system',
        uid: 'kube-proxy-a-uid',
        ownerReferences: [OWNER],
      },
      spec: { nodeName: 'n1', containers: [{ name: 'kube-proxy', image: 'i' }] },
      status: {
        phase: 'Running',
        containerStatuses: [{ name: 'kube-proxy', restartCount: 0, state: { running: {} }, lastState: {} }],
      },
    });
  });
});

describe('madeBy', () => {
  const owned = (...ownerReferences: NonNullable<PodObject['metadata']['ownerReferences']>): PodObject => ({
    metadata: { name: 'p', ownerReferences },
  });
  const mine = madeBy({ name: 'kube-proxy', uid: 'ds-uid' });

  it.each([
    ['a pod of the DaemonSet', owned(OWNER), true],
    ['one that has other owners too', owned({ ...OWNER, uid: 'x', controller: false }, OWNER), true],
    ['a pod of an older DaemonSet of that name', owned({ ...OWNER, uid: 'older' }), false],
    ['one that only names it', owned({ ...OWNER, controller: false }), false],
    ['one that nobody owns', owned(), false],
    ['one without a list of owners', { metadata: { name: 'p' } }, false],
  ])('%s: %s', (_, object, expected) => {
    expect(mine(object)).toBe(expected);
    expect(mine(projectPod(object))).toBe(expected);
  });

  it('knows no pod of a DaemonSet that is not there', () => {
    expect(madeBy(undefined)(owned(OWNER))).toBe(false);
    expect(madeBy({ name: 'kube-proxy' })({ metadata: { name: 'p', ownerReferences: [] } })).toBe(false);
  });
});

describe('podsByNode', () => {
  const old = pod({ name: 'old', deleting: true });
  const next = pod({ name: 'next' });

  it.each([
    ['old and new', [old, next], 'next'],
    ['new and old', [next, old], 'next'],
    ['only the one that goes', [old], 'old'],
    [
      'evicted ones and one that runs',
      [pod({ name: 'e1', phase: 'Failed' }), next, pod({ name: 'e2', phase: 'Failed' })],
      'next',
    ],
    ['only an evicted one', [pod({ phase: 'Failed' })], undefined],
    ['none', [], undefined],
  ])('counts one pod a node: %s', (_, pods, name) => {
    expect(podsByNode(pods, 'kube-proxy').get('n1')?.name).toBe(name);
  });

  it('keeps nodes apart', () => {
    const pods = [
      pod({ name: 'a', node: 'n1' }),
      pod({ name: 'b', node: 'n2' }),
      pod({ name: 'c', node: 'n2', deleting: true }),
    ];
    expect([...podsByNode(pods, 'kube-proxy').values()].map(({ node: where, name }) => [where, name])).toEqual([
      ['n1', 'a'],
      ['n2', 'b'],
    ]);
  });
});

describe('projectDaemonSet', () => {
  it('drops managed fields and annotations, and still shows where kube-proxy is', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': 'x'.repeat(1000) };
    const whole = {
      ...kubeadm,
      metadata: { ...kubeadm.metadata, generation: 3, annotations, managedFields: [{ manager: 'kubeadm' }] },
    } as DaemonSetObject;
    const projected = projectDaemonSet(whole);
    expect(Object.keys(projected.metadata)).not.toContain('managedFields');
    expect(JSON.stringify(projected)).not.toContain('last-applied');
    expect(projected.metadata.generation).toBe(3);
    expect(locate([projected])).toEqual(locate([whole]));
    expect(whole.metadata.annotations).toEqual(annotations);
  });
});

describe('configMapFacts', () => {
  function configMap(managedFields?: ConfigMapObject['metadata']['managedFields']): ConfigMapObject {
    return {
      metadata: { name: 'kube-proxy', resourceVersion: '7', ...(managedFields === undefined ? {} : { managedFields }) },
      data: { 'config.conf': 'mode: iptables', empty: '' },
    };
  }

  it('are the text of the key and the version it was read in', () => {
    expect(configMapFacts(configMap(), 'config.conf')).toEqual({
      text: 'mode: iptables',
      resourceVersion: '7',
      lastWriter: undefined,
    });
    expect(configMapFacts(configMap(), 'empty')).toMatchObject({ text: '' });
  });

  it('are undefined without the key, or without data', () => {
    expect(configMapFacts(configMap(), 'config')).toBeUndefined();
    expect(configMapFacts({ metadata: { name: 'kube-proxy' } }, 'config.conf')).toBeUndefined();
  });

  it.each([
    ['the last one', [at('kubeadm', 1), at('flux', 3), at('argo', 2)], 'flux'],
    ['the last but us', [at('kubeadm', 1), at('kubectl-edit', 2), at('proxymode', 3)], 'kubectl-edit'],
    ['nobody but us', [at('proxymode', 3)], undefined],
    ['one without a time, if there is no other', [{ manager: 'kubeadm' }, at('proxymode', 3)], 'kubeadm'],
    ['one with a time before one without', [at('flux', 1), { manager: 'kubeadm' }], 'flux'],
    ['nobody', [], undefined],
  ])('name who else wrote last: %s', (_, fields, manager) => {
    expect(configMapFacts(projectConfigMap(configMap(fields)), 'config.conf')?.lastWriter).toBe(manager);
  });

  function at(manager: string, minute: number): { manager: string; time: string } {
    return { manager, time: `2026-01-01T00:0${minute}:00Z` };
  }
});
