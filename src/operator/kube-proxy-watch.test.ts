import type { KubeObject, WatchEvent } from 'kopf-ts';
import { describe, expect, it } from 'vitest';
import { KubeProxyWatch, sameFacts } from './kube-proxy-watch.ts';
import { fakeOperator, type FakeOperator } from './testing/fake-cache.ts';
import { WHERE } from './testing/facts.ts';

type Watching = { readonly watch: KubeProxyWatch; readonly operator: FakeOperator; readonly wakes: () => number };

function watching(): Watching {
  let count = 0;
  const operator = fakeOperator();
  return { watch: new KubeProxyWatch(operator, () => void count++), operator, wakes: () => count };
}

describe('the caches around a kube-proxy', () => {
  it('see one namespace, one ConfigMap, and the pods of the DaemonSet', () => {
    const { watch } = watching();
    expect(watch.daemonSets('a', 'kube-system').selection).toEqual({ namespace: 'kube-system' });
    expect(watch.configMap('a', WHERE).selection).toEqual({
      namespace: 'kube-system',
      fieldSelector: 'metadata.name=kube-proxy',
    });
    expect(watch.pods('a', WHERE).selection).toEqual({
      namespace: 'kube-system',
      labelSelector: 'k8s-app=kube-proxy',
    });
  });

  it('are opened once for all who look at the same one', () => {
    const { watch, operator } = watching();
    const first = watch.pods('a', WHERE);
    expect(watch.pods('a', WHERE)).toBe(first);
    expect(watch.pods('b', { ...WHERE, configMap: 'another' })).toBe(first);
    expect(operator.opened).toHaveLength(1);
  });

  it.each([
    ['namespace', { namespace: 'other' }],
    ['selector', { selector: 'app=other' }],
  ])('are others for another %s', (_, change) => {
    const { watch, operator } = watching();
    watch.pods('a', WHERE);
    watch.pods('a', { ...WHERE, ...change });
    expect(operator.opened).toHaveLength(2);
  });

  it('tell ConfigMaps, pods and DaemonSets of one namespace apart', () => {
    const { watch, operator } = watching();
    watch.daemonSets('a', 'kube-system');
    watch.configMap('a', WHERE);
    watch.pods('a', WHERE);
    expect(operator.opened.map(({ resource }) => resource.plural)).toEqual(['daemonsets', 'configmaps', 'pods']);
  });

  it('stay open until the last user has gone', () => {
    const { watch, operator } = watching();
    watch.pods('a', WHERE);
    watch.pods('b', WHERE);
    watch.configMap('a', WHERE);
    watch.release('a');
    expect([operator.last('pods').closed, operator.last('configmaps').closed]).toEqual([false, true]);
    watch.release('b');
    expect(operator.last('pods').closed).toBe(true);
  });

  it('are opened anew after they were closed', () => {
    const { watch, operator } = watching();
    watch.pods('a', WHERE);
    watch.release('a');
    watch.release('a');
    watch.pods('a', WHERE);
    expect(operator.opened.map(({ closed }) => closed)).toEqual([true, false]);
  });

  it('are not closed by somebody who never used them', () => {
    const { watch, operator } = watching();
    watch.pods('a', WHERE);
    watch.release('stranger');
    expect(operator.last('pods').closed).toBe(false);
  });
});

describe('what wakes a pass', () => {
  const old = pod({ metadata: { name: 'p', resourceVersion: '1' }, status: { phase: 'Running' } });

  function pod(fields: KubeObject & { readonly status?: object }): KubeObject {
    return fields;
  }

  it.each<[string, number, WatchEvent<KubeObject>]>([
    ['an object that came', 1, { type: 'added', object: old }],
    ['an object that went', 1, { type: 'deleted', object: old }],
    [
      'an object that changed',
      1,
      {
        type: 'modified',
        old,
        object: pod({ metadata: { name: 'p', resourceVersion: '2' }, status: { phase: 'Failed' } }),
      },
    ],
    [
      'metadata that changed',
      1,
      { type: 'modified', old, object: pod({ ...old, metadata: { ...old.metadata, deletionTimestamp: 'now' } }) },
    ],
    [
      'a heartbeat, which changes nothing but the version',
      0,
      { type: 'modified', old, object: pod({ ...old, metadata: { name: 'p', resourceVersion: '2' } }) },
    ],
    ['a change of which nobody knows what it was', 1, { type: 'modified', object: old }],
  ])('%s: %i time(s)', (_, times, event) => {
    const { watch, operator, wakes } = watching();
    watch.pods('a', WHERE);
    operator.last('pods').emit(event);
    expect(wakes()).toBe(times);
  });

  it('is the same for objects that are equal but for their version', () => {
    const object = { metadata: { name: 'a', resourceVersion: '1', labels: { x: 'y' } } };
    expect(sameFacts(object, { metadata: { name: 'a', labels: { x: 'y' } } })).toBe(true);
    expect(sameFacts(object, { metadata: { ...object.metadata, labels: { x: 'z' } } })).toBe(false);
    expect(sameFacts(object, { ...object, kind: 'Pod' })).toBe(false);
  });
});
