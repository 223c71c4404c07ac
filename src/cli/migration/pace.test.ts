import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NodeMigration } from '../../api/kinds.ts';
import { NOW, ago, migration, record } from '../testing/migration.ts';
import { paceOf } from './pace.ts';

/** One node every `each` seconds until NOW, and so many that wait. */
function records(done: number, waiting: number, each: number): readonly NodeMigration[] {
  return [
    ...Array.from({ length: done }, (_, index) =>
      record(`done-${index}`, 'Switched', {
        startedAt: ago((done - index) * each),
        finishedAt: ago((done - index - 1) * each),
      }),
    ),
    ...Array.from({ length: waiting }, (_, index) => record(`waits-${index}`, 'Pending')),
  ];
}

describe('the pace of a migration', () => {
  it.each([
    [4, 6, 30, { perMinute: 2, left: 180_000 }],
    [1, 1, 60, { perMinute: 1, left: 60_000 }],
    [200, 100, 6, { perMinute: 10, left: 600_000 }],
  ])('%i nodes done and %i to go, one each %i s', (done, waiting, each, expected) => {
    expect(paceOf(migration(), records(done, waiting, each), NOW)).toEqual(expected);
  });

  it('falls with every second in which no node is done', () => {
    const all = records(4, 6, 30);
    expect(paceOf(migration(), all, NOW + 120_000)).toEqual({ perMinute: 1, left: 360_000 });
  });

  it('is that of the last nodes, not that of the first', () => {
    const first = Array.from({ length: 5 }, (_, index) =>
      record(`first-${index}`, 'Switched', { startedAt: ago(9000), finishedAt: ago(8000 - index) }),
    );
    expect(paceOf(migration(), [...first, ...records(20, 10, 6)], NOW)?.perMinute).toBeCloseTo(10);
  });

  it('is not that of the last batch alone where many go at once', () => {
    const batches = [180, 120, 60].flatMap((begun) =>
      Array.from({ length: 50 }, (_, index) =>
        record(`n-${begun}-${index}`, 'Switched', { startedAt: ago(begun), finishedAt: ago(begun - 60) }),
      ),
    );
    const waits = Array.from({ length: 50 }, (_, index) => record(`waits-${index}`, 'Pending'));
    const pace = paceOf(migration(), [...batches, ...waits], NOW);
    expect(pace?.perMinute).toBeCloseTo(50);
    expect(pace?.left).toBeCloseTo(60_000);
  });

  it('counts only what this attempt has done', () => {
    const old = record('old', 'Switched', { attempt: 1, startedAt: ago(9000), finishedAt: ago(8000) });
    const one = record('one', 'Switched', { attempt: 2, startedAt: ago(30), finishedAt: ago(0) });
    const waits = record('waits', 'Pending');
    expect(paceOf(migration({ status: { attempt: 2 } }), [old, one, waits], NOW)).toEqual({
      perMinute: 2,
      left: 30_000,
    });
  });

  it('is that of the way back once the migration has turned round', () => {
    const back = [
      record('failed', 'Failed', { startedAt: ago(60), finishedAt: ago(30) }),
      record('back', 'RolledBack', { startedAt: ago(30), finishedAt: ago(0) }),
      record('one', 'Switched'),
      record('two', 'Restoring'),
      record('untouched', 'Pending'),
    ];
    const turnedBack = { at: ago(60), because: 'node failed' };
    expect(paceOf(migration({ status: { turnedBack } }), back, NOW)).toEqual({ perMinute: 2, left: 60_000 });
    expect(paceOf(migration({ status: { turnedBack }, spec: { onFailure: 'Pause' } }), back, NOW)).toBeUndefined();
  });

  it.each([
    ['nothing is done yet', {}, records(0, 5, 10)],
    ['nothing is left', {}, records(5, 0, 10)],
    ['it is paused', { spec: { paused: true } }, records(4, 6, 10)],
    ['it is over', { status: { finishedAt: ago(1) } }, records(4, 6, 10)],
    ['it has not begun', { status: { startedAt: undefined } }, records(4, 6, 10)],
  ])('is unknown while %s', (_what, parts, all) => {
    expect(paceOf(migration(parts as Parameters<typeof migration>[0]), all, NOW)).toBeUndefined();
  });

  it('is always a positive, finite figure', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.nat(600), fc.nat(100_000), (done, waiting, each, later) => {
        const pace = paceOf(migration(), records(done, waiting, each), NOW + later);
        for (const figure of Object.values(pace ?? {})) {
          expect(Number.isFinite(figure)).toBe(true);
          expect(figure).toBeGreaterThan(0);
        }
      }),
    );
  });
});
