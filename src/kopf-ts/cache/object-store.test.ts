import { beforeEach, describe, expect, it } from 'vitest';
import { WIDGETS, type Widget } from '../testing/fixture.ts';
import type { WatchEvent } from '../types.ts';
import { createObjectStore, type ObjectStore } from './object-store.ts';

function widget(name: string, uid: string, version: number, more: Partial<Widget> = {}): Widget {
  return { kind: 'Widget', ...more, metadata: { ...more.metadata, name, uid, resourceVersion: String(version) } };
}

describe('an object store', () => {
  let store: ObjectStore<Widget>;
  let told: string[];
  const tell = ({ type, object }: WatchEvent<Widget>): void => {
    told.push(`${type} ${object.metadata.uid} ${object.metadata.resourceVersion}`);
  };
  beforeEach(() => {
    told = [];
    store = createObjectStore<Widget>({ resource: WIDGETS, project: (object) => object, onEvent: tell });
  });

  it('tells another uid under the same name as a deletion and an addition', () => {
    store.apply('ADDED', widget('a', 'u1', 1));
    store.apply('MODIFIED', widget('a', 'u2', 3));
    expect(told).toEqual(['added u1 1', 'deleted u1 1', 'added u2 3']);
  });

  it('does not let a late deletion of the previous uid remove its successor', () => {
    store.apply('ADDED', widget('a', 'u2', 5));
    store.apply('DELETED', widget('a', 'u1', 4));
    expect(store.get({ name: 'a' })?.uid).toBe('u2');
  });

  it('never moves backwards', () => {
    store.apply('ADDED', widget('a', 'u1', 10));
    store.apply('MODIFIED', widget('a', 'u1', 9));
    store.feed({ name: 'a' }, { kind: 'object', raw: widget('a', 'u1', 8) }, undefined);
    expect(told).toEqual(['added u1 10']);
  });

  it('tells the differences of a re-list, and nothing where there is none', () => {
    store.apply('ADDED', widget('same', 'u1', 1));
    store.apply('ADDED', widget('changed', 'u2', 2));
    store.apply('ADDED', widget('gone', 'u3', 3));
    told = [];
    store.replace([widget('same', 'u1', 1), widget('changed', 'u2', 7), widget('new', 'u4', 8)].map(store.admit), '9');
    expect(told).toEqual(['modified u2 7', 'added u4 8', 'deleted u3 3']);
    expect(store.version).toBe('9');
  });

  it('does not resurrect what a direct read found gone, until the watch has told it too', () => {
    store.apply('ADDED', widget('a', 'u1', 1));
    store.feed({ name: 'a' }, { kind: 'missing' }, store.get({ name: 'a' }));
    store.apply('MODIFIED', widget('a', 'u1', 2));
    expect(store.size).toBe(0);
    store.apply('DELETED', widget('a', 'u1', 3));
    store.apply('ADDED', widget('a', 'u2', 4));
    expect(store.get({ name: 'a' })?.uid).toBe('u2');
    expect(told).toEqual(['added u1 1', 'deleted u1 1', 'added u2 4']);
  });

  it('ignores a "not found" that was asked about an earlier state', () => {
    store.apply('ADDED', widget('a', 'u1', 1));
    const before = store.get({ name: 'a' });
    store.apply('MODIFIED', widget('a', 'u2', 5));
    store.feed({ name: 'a' }, { kind: 'missing' }, before);
    expect(store.get({ name: 'a' })?.uid).toBe('u2');
  });

  it('takes out what a direct read found outside the selection, and lets it come back later', () => {
    store.apply('ADDED', widget('a', 'u1', 1));
    store.feed({ name: 'a' }, { kind: 'unselected', raw: widget('a', 'u1', 5) }, store.get({ name: 'a' }));
    store.apply('MODIFIED', widget('a', 'u1', 4));
    expect(store.size).toBe(0);
    store.apply('ADDED', widget('a', 'u1', 6));
    expect(store.get({ name: 'a' })?.version).toBe('6');
  });

  it('keeps identity and deletion even when the projection drops them', () => {
    const bare = createObjectStore<Widget>({
      resource: WIDGETS,
      project: ({ metadata }) => ({ metadata: { name: metadata.name } }),
      onEvent: tell,
    });
    bare.apply('ADDED', widget('a', 'u1', 1, { metadata: { name: 'a', deletionTimestamp: 'now' } }));
    expect(bare.get({ name: 'a' })).toMatchObject({ uid: 'u1', version: '1', deleting: true });
  });

  it('names the type of objects that come without, as in lists', () => {
    store.replace([store.admit({ metadata: { name: 'a', uid: 'u1', resourceVersion: '1' } })], '1');
    expect(store.list()).toMatchObject([{ apiVersion: 'example.dev/v1', kind: 'Widget' }]);
  });
});
