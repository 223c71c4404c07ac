import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDelayHeap } from './delay-heap.ts';

type Step = { readonly kind: 'add' | 'remove'; readonly key: string; readonly due: number };
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('add', 'add', 'add', 'remove'),
  key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  due: fc.nat(50),
});

describe('a delay heap', () => {
  it('gives keys back by due time, each once, the earliest wish counting', () => {
    fc.assert(
      fc.property(fc.array(step), fc.nat(60), (steps, now) => {
        const heap = createDelayHeap();
        const model = new Map<string, number>();
        for (const { kind, key, due } of steps) {
          if (kind === 'remove') heap.remove(key);
          else heap.add(key, due);
          if (kind === 'remove') model.delete(key);
          else model.set(key, Math.min(due, model.get(key) ?? Infinity));
        }
        const smallest = Math.min(Infinity, ...model.values());
        expect(heap.next).toBe(model.size === 0 ? undefined : smallest);
        const taken = heap.takeDue(now);
        const expected = [...model].filter(([, due]) => due <= now);
        expect(taken.toSorted()).toEqual(expected.map(([key]) => key).toSorted());
        const dues = taken.map((key) => model.get(key) ?? -1);
        expect(dues).toEqual(dues.toSorted((a, b) => a - b));
        expect(heap.takeDue(now)).toEqual([]);
      }),
    );
  });
});
