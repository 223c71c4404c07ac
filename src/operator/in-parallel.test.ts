import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inParallel } from './in-parallel.ts';

type Bench = {
  readonly begun: number[];
  readonly work: (item: number) => Promise<void>;
  finish(item: number, error?: Error): Promise<void>;
};

/** Work that ends when the test says so. */
function bench(): Bench {
  const begun: number[] = [];
  const open = new Map<number, PromiseWithResolvers<void>>();
  return {
    begun,
    work(item) {
      begun.push(item);
      const ending = Promise.withResolvers<void>();
      open.set(item, ending);
      return ending.promise;
    },
    async finish(item, error) {
      if (error === undefined) open.get(item)?.resolve();
      else open.get(item)?.reject(error);
      await setImmediate();
    },
  };
}

describe('inParallel', () => {
  it('runs every item once, at most so many at the same time', async () => {
    const { begun, work, finish } = bench();
    const end = inParallel([1, 2, 3, 4, 5], 2, work);
    expect(begun).toEqual([1, 2]);
    await finish(2);
    expect(begun).toEqual([1, 2, 3]);
    await finish(3);
    await finish(4);
    expect(begun).toEqual([1, 2, 3, 4, 5]);
    await finish(5);
    await finish(1);
    await expect(end).resolves.toBeUndefined();
    expect(begun).toEqual([1, 2, 3, 4, 5]);
  });

  it('needs no more lanes than items, and none for nothing', async () => {
    const { begun, work, finish } = bench();
    await inParallel([], 16, work);
    const end = inParallel([1], 16, work);
    await finish(1);
    await end;
    expect(begun).toEqual([1]);
  });

  it.each([
    ['succeeds', undefined],
    ['fails as well', new Error('the second')],
  ])(
    'begins nothing after the first error, and throws that one, also when what runs beside it %s',
    async (_, other) => {
      const { begun, work, finish } = bench();
      const end = inParallel([1, 2, 3, 4], 2, work);
      const failed = expect(end).rejects.toThrow('the first');
      await finish(1, new Error('the first'));
      await failed;
      await finish(2, other);
      expect(begun).toEqual([1, 2]);
    },
  );

  it('stops at work that throws at once', async () => {
    const begun: number[] = [];
    const end = inParallel([1, 2, 3], 1, async (item) => {
      begun.push(item);
      throw new Error(`no ${item}`);
    });
    await expect(end).rejects.toThrow('no 1');
    expect(begun).toEqual([1]);
  });
});
