import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startFixture, WIDGET_PATH, WIDGETS, type Fixture, type Widget } from '../testing/fixture.ts';
import type { Client } from '../types.ts';
import { ensureFinalizer, releaseFinalizer } from './finalizers.ts';

describe('a finalizer', () => {
  let fixture: Fixture;
  let client: Client;
  beforeEach(async () => {
    fixture = await startFixture();
    client = fixture.connection.client;
  });
  afterEach(() => fixture.close());

  const stored = (): Widget | undefined => fixture.server.objects.get(`${WIDGET_PATH}/a`);
  const finalizers = (): readonly string[] | undefined => stored()?.metadata.finalizers;
  const patches = (): number => fixture.server.requests.filter(({ method }) => method === 'PATCH').length;

  it('is added once, beside those of others', async () => {
    const object = fixture.widget('a', { metadata: { name: 'a', finalizers: ['other'] } });
    const added = await ensureFinalizer(client, WIDGETS, object, 'mine');
    expect(added?.metadata.finalizers).toEqual(['other', 'mine']);
    expect(await ensureFinalizer(client, WIDGETS, added ?? object, 'mine')).toBe(added);
    expect(patches()).toBe(1);
  });

  it('does not wipe out others when the caller holds only a projection', async () => {
    const { metadata } = fixture.widget('a', { metadata: { name: 'a', finalizers: ['other'] } });
    const projected = { metadata: { name: 'a', uid: metadata.uid ?? '' } };
    await ensureFinalizer(client, WIDGETS, projected, 'mine');
    expect(finalizers()).toEqual(['other', 'mine']);
    await releaseFinalizer(client, WIDGETS, projected, 'mine');
    expect(finalizers()).toEqual(['other']);
  });

  it('is added in spite of a racing writer', async () => {
    const object = fixture.widget('a');
    let raced = false;
    fixture.server.faults.push(({ method }) => {
      if (method === 'PATCH' && !raced) {
        raced = true;
        fixture.widget('a', { metadata: { name: 'a', finalizers: ['theirs'] } });
      }
      return false;
    });
    await ensureFinalizer(client, WIDGETS, object, 'mine');
    expect(finalizers()).toEqual(['theirs', 'mine']);
  });

  it('gives up against somebody who keeps fighting', async () => {
    const object = fixture.widget('a');
    let size = 0;
    fixture.server.faults.push(({ method }) => {
      if (method === 'PATCH') fixture.widget('a', { spec: { size: (size += 1) } });
      return false;
    });
    await expect(ensureFinalizer(client, WIDGETS, object, 'mine')).rejects.toMatchObject({ status: 409 });
    expect(patches()).toBe(5);
  });

  it('is not added to an object that is being deleted, is gone, or was replaced', async () => {
    const object = fixture.widget('a', { metadata: { name: 'a', finalizers: ['other'] } });
    fixture.server.objects.remove(`${WIDGET_PATH}/a`);
    expect(await ensureFinalizer(client, WIDGETS, object, 'mine')).toBeUndefined();
    fixture.widget('a', { metadata: { name: 'a', deletionTimestamp: 'now', finalizers: [] } });
    expect(stored()).toBeUndefined();
    expect(await ensureFinalizer(client, WIDGETS, object, 'mine')).toBeUndefined();
    fixture.widget('a');
    expect(await ensureFinalizer(client, WIDGETS, object, 'mine')).toBeUndefined();
    expect(patches()).toBe(0);
  });

  it('is released with the last word on a deleted object, and releasing again does nothing', async () => {
    const object = fixture.widget('a', { metadata: { name: 'a', finalizers: ['mine'] } });
    fixture.server.objects.remove(`${WIDGET_PATH}/a`);
    await releaseFinalizer(client, WIDGETS, object, 'mine');
    expect(stored()).toBeUndefined();
    await releaseFinalizer(client, WIDGETS, object, 'mine');
    expect(patches()).toBe(1);
  });
});
