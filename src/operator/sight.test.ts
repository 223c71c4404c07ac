import { createFakeClock } from '../kopf-ts/testing/fake-clock.ts';
import { expect, it } from 'vitest';
import { Sight } from './sight.ts';

it('what an operator saw has a gap for every time the API server was away, or the process stood still', async () => {
  const [clock, over] = [createFakeClock(), new AbortController()];
  const [sight, began] = [new Sight(), clock.now()];
  let sees = true;
  const watching = sight.watch(clock, () => sees, over.signal);
  for (let second = 1; second <= 10; second++) await clock.advance(1000);
  sees = false;
  for (let second = 11; second <= 20; second++) await clock.advance(1000);
  sees = true;
  for (let second = 21; second <= 25; second++) await clock.advance(1000);
  sight.note(clock.now() + 5001, true);
  expect(sight.spans.map(({ from, to }) => [from - began, to - began])).toEqual([
    [0, 10_000],
    [21_000, 25_000],
    [30_001, 30_001],
  ]);
  over.abort();
  await watching;
});
