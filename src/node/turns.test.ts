import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('so many work at the same time, the others in the order in which they came', async () => {
  const turns = new Turns(2);
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const begun: number[] = [];
  const all = gates.map(({ promise }, index) =>
    turns.take(async () => {
      begun.push(index);
      await promise;
      return index;
    }),
  );
  await setImmediate();
  expect([begun, turns.isAwaited]).toEqual([[0, 1], true]);
  gates[1]?.resolve();
  await setImmediate();
  expect(begun).toEqual([0, 1, 2]);
  for (const gate of gates) gate.resolve();
  expect(await Promise.all(all)).toEqual([0, 1, 2, 3]);
  expect(turns.isAwaited).toBe(false);
});

test('a place is free again after work that failed', async () => {
  const turns = new Turns(1);
  await expect(turns.take(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  await expect(turns.take(async () => 'next')).resolves.toBe('next');
});

test('nobody slips in while a place is handed on', async () => {
  const turns = new Turns(1);
  const first = Promise.withResolvers<void>();
  const story: string[] = [];
  const work = (name: string) => async (): Promise<void> => void story.push(name);
  const one = turns.take(() => first.promise);
  const two = turns.take(work('second'));
  first.resolve();
  await one;
  const three = turns.take(work('third'));
  await Promise.all([two, three]);
  expect(story).toEqual(['second', 'third']);
});
