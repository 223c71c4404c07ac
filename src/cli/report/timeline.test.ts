import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ago, migration, record } from '../testing/migration.ts';
import { report } from '../testing/report.ts';
import { timelineOf } from './timeline.ts';

describe('the timeline', () => {
  it('has a row for each node that was on its way, in the order in which they were', () => {
    const timeline = timelineOf(report());
    expect(timeline?.rows.map(({ name, bars }) => `${name} ${bars.map(({ direction }) => direction).join()}`)).toEqual([
      'n10 forward',
      'n2 forward',
      'n3 back',
    ]);
    // From the first bar (110 s ago) to the end (20 s ago the migration was over, 50 s ago the last node): 60 s on 820 columns.
    expect(timeline?.rows[0]?.bars[0]).toMatchObject({ x: 180, width: 136.67 });
    expect(timeline?.ticks.map(({ label }) => label)).toEqual([
      '08:58:10',
      '08:58:20',
      '08:58:30',
      '08:58:40',
      '08:58:50',
      '08:59:00',
      '08:59:10',
    ]);
    expect(timeline?.turned).toBeCloseTo(180 + (50 / 60) * 820, 0);
  });

  it('is none where nothing has begun', () => {
    expect(timelineOf(report({ records: [record('n', 'Pending')] }))).toBeUndefined();
  });

  it('drops names where rows are too low for them', () => {
    const records = Array.from({ length: 5000 }, (_, index) =>
      record(`n${index}`, 'Switched', { startedAt: ago(9000 - index), finishedAt: ago(8990 - index) }),
    );
    const timeline = timelineOf(report({ records, migration: migration({ status: { finishedAt: ago(0) } }) }));
    expect(timeline).toMatchObject({ names: 0 });
    expect(timeline?.height).toBeLessThan(1700);
    expect(timeline?.rows).toHaveLength(5000);
  });

  it('names days where hours of the day are not enough', () => {
    const records = [record('n', 'Switched', { startedAt: ago(200_000), finishedAt: ago(10) })];
    const labels = timelineOf(report({ records }))?.ticks.map(({ label }) => label);
    expect(labels?.[0]).toBe('02-28 12:00');
  });

  it('keeps every bar and tick within the drawing', () => {
    const step = fc.record({ began: fc.nat(100_000), took: fc.option(fc.nat(10_000)) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        const records = steps.map(({ began, took }, index) =>
          record(`n${index}`, took === null ? 'Verifying' : 'Switched', {
            startedAt: ago(began),
            ...(took === null ? {} : { finishedAt: ago(Math.max(0, began - took)) }),
          }),
        );
        const timeline = timelineOf(report({ records, migration: migration() }));
        for (const { bars } of timeline?.rows ?? [])
          for (const { x, width } of bars) {
            expect(x).toBeGreaterThanOrEqual(0);
            expect(x + width).toBeLessThanOrEqual(1002);
          }
        expect(timeline?.ticks.length).toBeLessThanOrEqual(8);
        for (const { x } of timeline?.ticks ?? []) expect(x).toBeLessThanOrEqual(1000);
      }),
      { numRuns: 50 },
    );
  });
});
