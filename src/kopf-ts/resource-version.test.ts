import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAtLeast } from './resource-version.ts';

describe('isAtLeast', () => {
  it('orders decimal versions as numbers of any length', () => {
    const version = fc.bigInt({ min: 1n, max: 2n ** 100n });
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(isAtLeast(String(a), String(b))).toBe(a >= b);
      }),
    );
  });

  it.each([
    [undefined, '1', false],
    ['abc', 'abc', true],
    ['abd', 'abc', false],
    ['10', 'abc', false],
    ['', '1', false],
  ])('%s against %s: %s', (seen, wanted, expected) => {
    expect(isAtLeast(seen, wanted)).toBe(expected);
  });
});
