import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSortedKeys } from './sorted-keys.ts';

const key = fc
  .tuple(fc.constantFrom('', 'a', 'kube', 'kube-system'), fc.constantFrom('a', 'b', 'c-1'))
  .map((parts) => parts.join('/'));

test('property: they are a sorted set, and a prefix is a part of it', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), key)), (steps) => {
      const keys = createSortedKeys();
      const model = new Set<string>();
      for (const [add, each] of steps) {
        if (add) keys.add(each);
        else keys.remove(each);
        if (add) model.add(each);
        else model.delete(each);
      }
      const sorted = [...model].toSorted();
      expect(keys.all()).toEqual(sorted);
      expect(keys.startingWith('kube/')).toEqual(sorted.filter((each) => each.startsWith('kube/')));
    }),
  );
});
