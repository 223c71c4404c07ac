import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { common, grown, lengthSince, type Span } from './spans.ts';

const span = fc.tuple(fc.nat(50), fc.nat(50)).map(([from, length]): Span => ({ from, to: from + length }));
/** Oldest first, apart from each other. */
const spans = fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.nat(20)), { maxLength: 10 }).map((pairs) => {
  let end = 0;
  return pairs.map(([pause, length]): Span => {
    const from = end + pause;
    end = from + length;
    return { from, to: end };
  });
});

describe('spans', () => {
  it('go on with the last one within the gap, and begin anew after it', () => {
    const first = grown([], { from: 0, to: 5 }, 10);
    expect(grown(first, { from: 15, to: 20 }, 10)).toEqual([{ from: 0, to: 20 }]);
    expect(grown(first, { from: 16, to: 20 }, 10)).toEqual([...first, { from: 16, to: 20 }]);
  });

  it('are bounded, and what is forgotten never counts', () => {
    let all: readonly Span[] = [];
    for (let at = 0; at < 1000; at += 10) all = grown(all, { from: at, to: at + 1 }, 0);
    expect([all.length, lengthSince(all, 0)]).toEqual([32, 32]);
  });

  it('never count more than the time there was', () =>
    fc.assert(
      fc.property(fc.array(span), fc.nat(60), fc.nat(9), (added, since, gap) => {
        const sorted = added.toSorted((a, b) => a.from - b.from);
        const all = sorted.reduce<readonly Span[]>((sum, one) => grown(sum, one, gap), []);
        expect(lengthSince(all, since)).toBeLessThanOrEqual(Math.max(0, (all.at(-1)?.to ?? 0) - since));
      }),
    ));

  it('have in common what is in both, millisecond by millisecond', () =>
    fc.assert(
      fc.property(spans, spans, fc.nat(100), (these, those, since) => {
        const isIn = (all: readonly Span[], at: number): boolean => all.some(({ from, to }) => from <= at && at < to);
        const both = Array.from({ length: 500 }, (_, at) => at).filter((at) => isIn(these, at) && isIn(those, at));
        const counted = both.filter((at) => at >= since).length;
        expect(lengthSince(common(these, those), since)).toBe(counted);
      }),
    ));
});
