import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bounded } from './bounded.ts';

test('what is not large is the same object', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      expect(bounded(value)).toBe(value);
    }),
  );
});

test('whatever it is made of, what is kept of a large object is bounded, and begins as the object does', () => {
  const many = (one: unknown): unknown[] => Array.from({ length: 20_000 }, () => one);
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('list', 'names', 'deep'), (one, shape) => {
      const large = {
        list: { first: 1, large: many(one) },
        names: { first: 1, large: Object.fromEntries(many(one).map((value, index) => [`name-${index}`, value])) },
        deep: { first: 1, large: many({ one: [one] }) },
      }[shape];
      const kept = bounded(large);
      expect(kept.first).toBe(1);
      expect(JSON.stringify(kept).length).toBeLessThan(300_000);
    }),
    { numRuns: 8 },
  );
});

test('a long text loses its end, and nothing after it is lost', () => {
  expect(bounded({ script: 'x'.repeat(200_000), after: 'kept' })).toEqual({ script: 'x'.repeat(4096), after: 'kept' });
});
