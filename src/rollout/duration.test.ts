import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { humanDuration, milliseconds } from './duration.ts';
import { epoch, iso } from './time.ts';

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1m500ms', 60_500],
  ])('%s is %i ms', (text, expected) => expect(milliseconds(text)).toBe(expected));

  it.each([
    [1500, '2s'],
    [60_000, '1m'],
    [95_000, '1m35s'],
    [7_260_000, '2h1m'],
  ])('%i ms is told as %s', (value, expected) => expect(humanDuration(value)).toBe(expected));

  it('an instant survives the way to the API and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000_000 }), (at) => {
        expect(epoch(iso(at))).toBe(at);
      }),
    );
  });
});
