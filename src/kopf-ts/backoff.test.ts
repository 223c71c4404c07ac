import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffDelay } from './backoff.ts';

const backoff = { first: 5, factor: 2, max: 1_000_000 };

describe('backoffDelay', () => {
  it.each([
    [0, 5],
    [1, 10],
    [4, 80],
    [17, 655_360],
    [18, 1_000_000],
    [5000, 1_000_000],
  ])('grows: after %i failures %i ms', (failures, delay) => {
    expect(backoffDelay(backoff, failures, () => 0.5)).toBeCloseTo(delay);
  });

  it('stays within 20 % of the plain delay, whatever the dice say', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, dice) => {
        const plain = backoffDelay(backoff, failures, () => 0.5);
        const delay = backoffDelay(backoff, failures, () => dice);
        expect(delay).toBeGreaterThanOrEqual(plain * 0.8 - 1e-6);
        expect(delay).toBeLessThanOrEqual(plain * 1.2 + 1e-6);
      }),
    );
  });
});
