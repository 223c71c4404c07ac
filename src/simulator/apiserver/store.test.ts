import { describe, expect, test } from 'vitest';
import { CONFIG_MAPS, DAEMON_SETS, NAMESPACES, NODES, PODS } from '../types.ts';
import type { StoreEvent, Stored } from '../types.ts';
import { settled, testStore } from './testing.ts';

const cm = (name: string, data: Record<string, string> = {}) => ({
  metadata: { name, namespace: 'kube-system' },
  data,
});
const ref = (name: string) => ({ name, namespace: 'kube-system' });
const pod = (name: string, more: object = {}) => ({
  metadata: { name, namespace: 'kube-system', ...more },
  spec: { nodeName: 'n1' },
});

describe('create', () => {
  test('fills in what the API server does', () => {
    const store = testStore();
    const made = store.create(CONFIG_MAPS, cm('a', { k: 'v' }));
    expect(made).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: 'a',
        namespace: 'kube-system',
        resourceVersion: '2',
        creationTimestamp: '2026-01-01T00:00:00Z',
      },
    });
    expect(made.metadata.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(made.metadata.generation).toBeUndefined();
  });

  test('gives generated names five letters and refuses a name that is taken', () => {
    const store = testStore();
    const made = store.create(PODS, { metadata: { generateName: 'kube-proxy-' } as never });
    expect(made.metadata.name).toMatch(/^kube-proxy-[b-z2-9]{5}$/);
    store.create(CONFIG_MAPS, cm('a'));
    expect(() => store.create(CONFIG_MAPS, cm('a'))).toThrow('configmaps "a" already exists');
  });

  test('copies what it is given: the caller may go on changing it, nobody can change what is stored', () => {
    const store = testStore();
    const data = { k: 'v' };
    const made = store.create(CONFIG_MAPS, cm('a', data));
    data.k = 'changed';
    expect(made).toMatchObject({ data: { k: 'v' } });
    expect(() => Object.assign(made['data'] as object, { k: 'x' })).toThrow(TypeError);
  });
});

describe('update', () => {
  test('bumps the generation when the spec changes and not when the status does', () => {
    const store = testStore();
    store.create(DAEMON_SETS, { metadata: ref('kp'), spec: { x: 1 } } as never);
    const status = store.update(DAEMON_SETS, ref('kp'), (object) => ({ ...object, status: { ready: 1 } }));
    const spec = store.update(DAEMON_SETS, ref('kp'), (object) => ({ ...object, spec: { x: 2 } }));
    expect([status?.metadata.generation, spec?.metadata.generation]).toEqual([1, 2]);
    expect([status?.metadata.resourceVersion, spec?.metadata.resourceVersion]).toEqual(['3', '4']);
  });

  test('writes nothing when nothing changed, and shares what did not change', () => {
    const store = testStore();
    const first = store.create(NODES, { metadata: { name: 'n1' }, spec: { a: { b: 1 } }, status: { x: 1 } } as never);
    const same = store.update(NODES, { name: 'n1' }, (object) => structuredClone(object));
    expect(same).toBe(first);
    const second = store.update(NODES, { name: 'n1' }, (object) => ({ ...structuredClone(object), status: { x: 2 } }));
    expect(second?.['spec']).toBe(first['spec']);
    expect(store.update(NODES, { name: 'gone' }, (object) => object)).toBeUndefined();
  });

  test('keeps what only the API server sets', () => {
    const store = testStore();
    const made = store.create(CONFIG_MAPS, cm('a'));
    const next = store.update(CONFIG_MAPS, ref('a'), (object) => ({
      ...object,
      metadata: { ...object.metadata, uid: 'other', creationTimestamp: 'x', labels: { a: 'b' } },
    }));
    expect(next?.metadata).toMatchObject({
      uid: made.metadata.uid,
      creationTimestamp: made.metadata.creationTimestamp,
      labels: { a: 'b' },
    });
  });
});

describe('delete', () => {
  test('a finalizer turns it into a deletionTimestamp; removing the last one removes the object', () => {
    const store = testStore();
    store.create(CONFIG_MAPS, { metadata: { ...ref('a'), finalizers: ['x/y'] } });
    store.remove(CONFIG_MAPS, ref('a'));
    expect(store.get(CONFIG_MAPS, ref('a'))?.metadata.deletionTimestamp).toBe('2026-01-01T00:00:00Z');
    store.update(CONFIG_MAPS, ref('a'), (object) => ({ ...object, metadata: { ...object.metadata, finalizers: [] } }));
    expect(store.get(CONFIG_MAPS, ref('a'))).toBeUndefined();
  });

  test('a running pod waits for its kubelet, a second delete can only shorten the wait', () => {
    const store = testStore();
    store.create(PODS, pod('a'));
    store.remove(PODS, ref('a'));
    expect(store.get(PODS, ref('a'))?.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:30Z',
      deletionGracePeriodSeconds: 30,
      generation: 2,
    });
    store.delete(PODS, ref('a'), { gracePeriodSeconds: 5 });
    store.delete(PODS, ref('a'), { gracePeriodSeconds: 20 });
    expect(store.get(PODS, ref('a'))?.metadata).toMatchObject({
      deletionTimestamp: '2026-01-01T00:00:05Z',
      deletionGracePeriodSeconds: 5,
    });
    store.remove(PODS, ref('a'), { force: true });
    expect(store.get(PODS, ref('a'))).toBeUndefined();
  });

  test('a pod that was never scheduled goes at once', () => {
    const store = testStore();
    store.create(PODS, { metadata: ref('a') });
    expect(store.remove(PODS, ref('a'))).toBe(true);
    expect(store.get(PODS, ref('a'))).toBeUndefined();
  });

  test('preconditions name the object they meant', () => {
    const store = testStore();
    store.create(PODS, pod('a'));
    expect(store.remove(PODS, ref('a'), { uid: 'other' })).toBe(false);
    expect(() => store.delete(PODS, ref('a'), { uid: 'other' })).toThrow(
      /^Operation cannot be fulfilled on Pod "a": the UID in the precondition/,
    );
    expect(store.delete(PODS, ref('gone'), {})).toBeUndefined();
  });

  test('a delete event carries the version of the deletion', () => {
    const store = testStore();
    const events: StoreEvent[] = [];
    store.create(CONFIG_MAPS, cm('a'));
    store.subscribe((event) => events.push(event));
    store.remove(CONFIG_MAPS, ref('a'));
    expect(events).toMatchObject([
      { type: 'DELETED', object: { metadata: { resourceVersion: '3' } }, old: { metadata: { resourceVersion: '2' } } },
    ]);
  });
});

test('a listener that writes does not reorder what others hear', () => {
  const store = testStore();
  const heard: string[] = [];
  store.subscribe((event) => {
    if (event.type === 'ADDED')
      store.update(event.resource, ref('a'), (object) => ({ ...object, data: { seen: 'yes' } }));
  });
  store.subscribe((event) => heard.push(`${event.type} ${event.object.metadata.resourceVersion}`));
  store.create(CONFIG_MAPS, cm('a'));
  expect(heard).toEqual(['ADDED 2', 'MODIFIED 3']);
});

test('lists are sorted by namespace and name, or of one namespace', () => {
  const store = testStore();
  for (const name of ['b', 'a']) store.create(CONFIG_MAPS, { metadata: { name, namespace: 'z' } });
  store.create(CONFIG_MAPS, { metadata: { name: 'c', namespace: 'kube' } });
  expect(store.list(CONFIG_MAPS).map((object) => object.metadata.name)).toEqual(['c', 'a', 'b']);
  expect(store.list(CONFIG_MAPS, 'z').map((object) => object.metadata.name)).toEqual(['a', 'b']);
});

describe('garbage collection', () => {
  const owner = (object: Stored, blockOwnerDeletion = false) => ({
    ownerReferences: [
      {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        name: object.metadata.name,
        uid: object.metadata.uid ?? '',
        blockOwnerDeletion,
      },
    ],
  });

  test('what belonged to a deleted owner goes; another object of the same name does not keep it', async () => {
    const store = testStore();
    const set = store.create(DAEMON_SETS, { metadata: ref('kp') });
    store.create(PODS, pod('a', owner(set)));
    store.create(CONFIG_MAPS, { metadata: { ...ref('c'), ...owner(set) } });
    store.remove(DAEMON_SETS, ref('kp'));
    store.create(DAEMON_SETS, { metadata: ref('kp') });
    await settled();
    expect(store.get(PODS, ref('a'))?.metadata.deletionTimestamp).toBeDefined();
    expect(store.get(CONFIG_MAPS, ref('c'))).toBeUndefined();
  });

  test('what is in a namespace goes with it', async () => {
    const store = testStore();
    store.create(NAMESPACES, { metadata: { name: 'kube-system' } });
    store.create(CONFIG_MAPS, cm('a'));
    store.create(CONFIG_MAPS, { metadata: { name: 'a', namespace: 'other' } });
    store.remove(NAMESPACES, { name: 'kube-system' });
    await settled();
    expect(store.list(CONFIG_MAPS).map((object) => object.metadata.namespace)).toEqual(['other']);
  });

  test('orphaning strips the references', async () => {
    const store = testStore();
    const set = store.create(DAEMON_SETS, { metadata: ref('kp') });
    store.create(PODS, pod('a', owner(set)));
    store.delete(DAEMON_SETS, ref('kp'), { propagation: 'Orphan' });
    await settled();
    expect(store.get(DAEMON_SETS, ref('kp'))).toBeUndefined();
    expect(store.get(PODS, ref('a'))?.metadata).not.toHaveProperty('ownerReferences');
    expect(store.get(PODS, ref('a'))?.metadata).not.toHaveProperty('deletionTimestamp');
  });

  test('foreground deletion waits for the dependents', async () => {
    const store = testStore();
    const set = store.create(DAEMON_SETS, { metadata: ref('kp') });
    store.create(PODS, pod('a', owner(set, true)));
    store.delete(DAEMON_SETS, ref('kp'), { propagation: 'Foreground' });
    await settled();
    expect(store.get(DAEMON_SETS, ref('kp'))?.metadata.deletionTimestamp).toBeDefined();
    store.remove(PODS, ref('a'), { force: true });
    await settled();
    expect(store.get(DAEMON_SETS, ref('kp'))).toBeUndefined();
  });
});

describe('history', () => {
  test('gives what came after a version and says when that is too old', () => {
    const store = testStore({ historySize: 2 });
    for (const name of ['a', 'b', 'c']) store.create(CONFIG_MAPS, cm(name));
    const history = store.history(CONFIG_MAPS);
    expect(history.since(1)).toBe('tooOld');
    expect(history.floor).toBe(2);
    expect((history.since(2) as readonly StoreEvent[]).map((event) => event.object.metadata.name)).toEqual(['b', 'c']);
    expect(history.since(4)).toEqual([]);
    store.compact();
    expect(history.since(3)).toBe('tooOld');
    expect(history.since(4)).toEqual([]);
  });
});
