import { describe, expect, it } from 'vitest';
import { migrationFacts } from './observe.ts';
import { isRefusal, Refusals } from './refusals.ts';
import { migration } from './testing/facts.ts';
import { refused } from './testing/fake-client.ts';

const asked = migrationFacts(migration());

function refusing(): Refusals {
  const refusals = new Refusals();
  refusals.note(asked, refused(403, 'cannot delete pods'), 1000);
  return refusals;
}

describe('isRefusal', () => {
  it.each([
    [403, true],
    [422, true],
    [0, false],
    [401, false],
    [404, false],
    [409, false],
    [429, false],
    [500, false],
  ])('takes HTTP %i for an answer that another try will not change: %s', (status, expected) => {
    expect(isRefusal(refused(status))).toBe(expected);
  });
});

describe('a refusal', () => {
  it('stands for half a minute, in the API server’s words', () => {
    const refusals = refusing();
    expect(refusals.standing(asked, 1000)).toMatchObject({
      blocked: { reason: 'Forbidden', message: 'cannot delete pods' },
      until: 31_000,
    });
    expect(refusals.standing(asked, 30_999)).toBeDefined();
    expect(refusals.standing(asked, 31_000)).toBeUndefined();
  });

  it.each([
    ['the spec has changed', { generation: 2 }],
    ['a retry is asked for', { retry: 'now' }],
    ['the migration is deleted', { deleting: true }],
    ['another migration has the name', { uid: 'other' }],
    ['it is about another migration', { name: 'other' }],
  ])('does not stand when %s', (_, change) => {
    expect(refusing().standing({ ...asked, ...change }, 1000)).toBeUndefined();
  });

  it('is asked again soon in mid-flight, and is said once it has lasted for ten seconds', () => {
    const refusals = new Refusals();
    const underWay = { ...asked, status: { startedAt: '2026-01-01T00:00:00Z' } };
    refusals.note(underWay, refused(403, 'not yet'), 1000);
    expect(refusals.standing(underWay, 1999)).toEqual(expect.objectContaining({ blocked: undefined, until: 2000 }));
    refusals.note(underWay, refused(403, 'not yet'), 10_999);
    expect(refusals.standing(underWay, 10_999)?.blocked).toBeUndefined();
    refusals.note(underWay, refused(403, 'never'), 11_000);
    expect(refusals.standing(underWay, 11_000)).toMatchObject({ blocked: { message: 'never' }, until: 41_000 });
  });

  it('is said at once in mid-flight when the write is invalid, because that does not pass', () => {
    const refusals = new Refusals();
    const underWay = { ...asked, status: { startedAt: '2026-01-01T00:00:00Z' } };
    refusals.note(underWay, refused(422, 'invalid'), 1000);
    expect(refusals.standing(underWay, 1000)?.blocked).toMatchObject({ reason: 'Refused' });
  });

  it.each([
    [403, 'exceeded quota: few, requested: pods=1', 'make room in ResourceQuota few'],
    [400, 'admission webhook "w" denied the request: no', 'what the webhook w enforces'],
    [422, "ValidatingAdmissionPolicy 'p' denied request: no", 'ValidatingAdmissionPolicy p'],
  ])('with status %i that is no missing right says so: %s', (status, message, remedy) => {
    const refusals = new Refusals();
    const error = refused(status, message);
    expect(isRefusal(error)).toBe(true);
    refusals.note(asked, error, 0);
    expect(refusals.standing(asked, 0)?.blocked).toMatchObject({
      reason: 'Refused',
      message: expect.stringContaining(remedy) as string,
    });
  });

  it('stands while only the status changes', () => {
    expect(refusing().standing({ ...asked, status: { phase: 'Blocked' }, hasFinalizer: true }, 1000)).toBeDefined();
  });

  it('is forgotten with its migration, and renewed by the next one', () => {
    const refusals = refusing();
    refusals.note(asked, refused(422, 'spec: Invalid value'), 20_000);
    expect(refusals.standing(asked, 40_000)).toMatchObject({
      blocked: { reason: 'Refused', message: 'spec: Invalid value' },
    });
    refusals.forget('m');
    expect(refusals.standing(asked, 40_000)).toBeUndefined();
  });
});
