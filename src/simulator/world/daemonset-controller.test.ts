import { afterEach, describe, expect, test } from 'vitest';
import type { KubeObject } from 'kopf-ts';
import { CONTROLLER_REVISIONS, DAEMON_SETS, NODES } from '../types.ts';
import { maxUnavailable, podName, wantsNode } from './daemonset-pods.ts';
import { isReady, type DaemonSet, type PodSpec } from './pod-objects.ts';
import { testWorld, type TestWorld } from './test-world.ts';

const REF = { namespace: 'kube-system', name: 'kube-proxy' };
let world: TestWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

function daemonSet(spec: Partial<PodSpec>, updateStrategy: DaemonSet['spec']['updateStrategy'] & {} = {}): DaemonSet {
  return {
    metadata: { name: 'kube-proxy' },
    spec: { selector: {}, template: { spec: { containers: [], ...spec } }, updateStrategy },
  };
}

describe('which nodes are wanted', () => {
  const node: KubeObject = { metadata: { name: 'n1', labels: { 'kubernetes.io/os': 'linux', pool: 'a' } } };
  const affinity = (matchExpressions: readonly unknown[]): Partial<PodSpec> =>
    ({
      affinity: {
        nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } },
      },
    }) as Partial<PodSpec>;
  test.each([
    ['no demands', {}, true],
    ['a matching selector', { nodeSelector: { 'kubernetes.io/os': 'linux' } }, true],
    ['another system', { nodeSelector: { 'kubernetes.io/os': 'windows' } }, false],
    ['In', affinity([{ key: 'pool', operator: 'In', values: ['a', 'b'] }]), true],
    ['NotIn', affinity([{ key: 'pool', operator: 'NotIn', values: ['a'] }]), false],
    ['NotIn of a missing label', affinity([{ key: 'zone', operator: 'NotIn', values: ['a'] }]), true],
    ['Exists', affinity([{ key: 'zone', operator: 'Exists' }]), false],
    ['DoesNotExist', affinity([{ key: 'zone', operator: 'DoesNotExist' }]), true],
    ['an unknown operator', affinity([{ key: 'pool', operator: 'Like' }]), false],
    ['an empty term', affinity([]), false],
  ] as const)('%s', (_, spec, wanted) => {
    expect(wantsNode(daemonSet(spec), node)).toBe(wanted);
  });
});

test.each([
  [undefined, 10, 1],
  [3, 10, 3],
  ['10%', 25, 3],
  ['1%', 3, 1],
] as const)('maxUnavailable %s of %i nodes is %i', (value, desired, expected) => {
  const strategy = value === undefined ? {} : { rollingUpdate: { maxUnavailable: value } };
  expect(maxUnavailable(daemonSet({}, strategy), desired)).toBe(expected);
});

test('pod names end in five letters that spell nothing', () => {
  const numbers = [0, 0, 0, 0, 0, 0.999, 0.999, 0.999, 0.999, 0.999];
  expect(
    podName(
      'kube-proxy',
      () => numbers.shift() ?? 0,
      (name) => name === 'kube-proxy-bbbbb',
    ),
  ).toBe('kube-proxy-99999');
});

function changeTemplate(store: TestWorld['store'], strategy: unknown): void {
  store.update(DAEMON_SETS, REF, (stored) => {
    const { spec } = stored as unknown as DaemonSet;
    const template = { ...spec.template, metadata: { ...spec.template.metadata, annotations: { restartedAt: 'now' } } };
    return { ...stored, spec: { ...spec, template, updateStrategy: strategy } };
  });
}

test('a changed template is rolled out, one node unavailable at a time', async () => {
  world = testWorld({ nodes: 4 });
  const { clock, nodes, pods, store } = world;
  const ready = (): number => nodes.filter((node) => pods(node.name).some(isReady)).length;
  const status = (): Record<string, number> => store.get(DAEMON_SETS, REF)?.['status'] as Record<string, number>;
  changeTemplate(store, { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } });
  let fewest = 4;
  await clock.until(() => {
    fewest = Math.min(fewest, ready());
    return (
      status()['observedGeneration'] === 2 && status()['updatedNumberScheduled'] === 4 && status()['numberReady'] === 4
    );
  });
  expect(fewest).toBe(3);
  expect(nodes.map((node) => node.podDeletions)).toEqual([1, 1, 1, 1]);
  expect(status()).toMatchObject({ observedGeneration: 2, desiredNumberScheduled: 4, numberAvailable: 4 });
  const revisions = store.list(CONTROLLER_REVISIONS, 'kube-system').map((one) => Number(one['revision']));
  expect(revisions.toSorted((a, b) => a - b)).toEqual([1, 2]);
});

test('with OnDelete nothing is rolled, and a pod deleted by hand comes back from the new template', async () => {
  world = testWorld({ nodes: 2 });
  const { clock, nodes, pods, store, deletePods } = world;
  changeTemplate(store, { type: 'OnDelete' });
  await clock.advance(60_000);
  expect(nodes.map((node) => node.podDeletions)).toEqual([0, 0]);
  deletePods('node-1');
  await clock.advance(5000);
  expect(pods('node-1')[0]?.metadata.annotations).toEqual({ restartedAt: 'now' });
  expect(store.get(DAEMON_SETS, REF)?.['status']).toMatchObject({ updatedNumberScheduled: 1, numberReady: 2 });
});

test('Windows nodes get no kube-proxy, and a node that loses its label loses its pod', async () => {
  world = testWorld({ nodes: [{ name: 'linux' }, { name: 'windows', os: 'windows' }] });
  const { clock, pods, store } = world;
  expect([pods('linux').length, pods('windows').length]).toEqual([1, 0]);
  store.update(NODES, { name: 'linux' }, (node) => ({ ...node, metadata: { ...node.metadata, labels: {} } }));
  await clock.advance(5000);
  expect(pods('linux')).toEqual([]);
  expect(store.get(DAEMON_SETS, REF)?.['status']).toMatchObject({
    desiredNumberScheduled: 0,
    currentNumberScheduled: 0,
  });
});
