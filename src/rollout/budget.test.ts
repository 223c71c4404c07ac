import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freeSlots, slots } from './budget.ts';

describe('the budget', () => {
  it.each<[number | string, number, number]>([
    [1, 100, 1],
    [3, 2, 3],
    ['10%', 100, 10],
    ['10%', 19, 1],
    ['10%', 5, 1],
    ['100%', 7, 7],
  ])('%s of %i nodes is %i', (max, total, expected) => {
    expect(slots(max, total)).toBe(expected);
  });

  it('is never negative, and never more than what is left', () => {
    fc.assert(
      fc.property(fc.nat(50), fc.nat(50), fc.nat(50), (all, flying, sick) => {
        const free = freeSlots(all, flying, sick);
        expect(free).toBeGreaterThanOrEqual(0);
        expect(free === 0 || free + flying + sick === all).toBe(true);
      }),
    );
  });
});
