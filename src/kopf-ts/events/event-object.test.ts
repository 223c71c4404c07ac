import { describe, expect, it } from 'vitest';
import type { EventInput } from '../types.ts';
import { eventObject, seriesKey } from './event-object.ts';
import { createTokenBucket } from './token-bucket.ts';

const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', uid: 'u1' } };
const input: EventInput = { regarding: node, type: 'Normal', reason: 'Switched', action: 'Verify', note: 'done' };
const reporter = { controller: 'test', instance: 'host_1' };

describe('an event', () => {
  it('about a cluster-scoped object lives in the namespace default', () => {
    expect(eventObject(input, reporter, 0, 'abc')).toEqual({
      metadata: { name: 'n1.abc', namespace: 'default' },
      eventTime: '1970-01-01T00:00:00.000000Z',
      reportingController: 'test',
      reportingInstance: 'host_1',
      action: 'Verify',
      reason: 'Switched',
      regarding: { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u1' },
      note: 'done',
      type: 'Normal',
    });
  });

  it('has a note of at most 1024 bytes, cut between characters', () => {
    const { note } = eventObject({ ...input, note: 'ä'.repeat(2000) }, reporter, 0, 'abc');
    expect(Buffer.byteLength(note)).toBeLessThanOrEqual(1024);
    expect(note).toMatch(/^ä+…$/);
  });

  it('has a name of at most 253 characters', () => {
    const regarding = { ...node, metadata: { name: 'x'.repeat(253) } };
    expect(eventObject({ ...input, regarding }, reporter, 0, 'abc').metadata.name).toHaveLength(253);
  });

  it('is the same again only with the same object, type, reason, action and note', () => {
    expect(seriesKey(input)).toBe(seriesKey({ ...input }));
    expect(seriesKey(input)).not.toBe(seriesKey({ ...input, note: 'else' }));
    expect(seriesKey(input)).not.toBe(
      seriesKey({ ...input, regarding: { ...node, metadata: { name: 'n1', uid: 'u2' } } }),
    );
  });
});

describe('the token bucket', () => {
  it('gives a burst of 25 and then one per 300 s', () => {
    const bucket = createTokenBucket(25, 300_000);
    const burst = Array.from({ length: 30 }, () => bucket.take(1000)).filter(Boolean);
    expect(burst).toHaveLength(25);
    expect(bucket.take(300_000)).toBe(false);
    expect(bucket.take(301_000)).toBe(true);
    expect(bucket.take(301_001)).toBe(false);
  });
});
