import { expect, it } from 'vitest';
import { isExceeded, median, renderFigures, type Figure } from './figure.ts';

const figure: Figure = { name: 'requests', value: 12, unit: '', limit: 15 };

it.each<[Partial<Figure>, boolean]>([
  [{}, false],
  [{ value: 15 }, false],
  [{ value: 15.01 }, true],
  [{ value: Number.NaN }, true],
  [{ value: 1e9, limit: undefined }, false],
])('%j is exceeded: %s', (change, expected) => {
  expect(isExceeded({ ...figure, ...change })).toBe(expected);
});

it.each<[number[], number]>([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[7], 7],
  [[], Number.NaN],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

it('prints values, limits and verdicts in columns', () => {
  const memory: Figure = { name: 'resident memory', value: 203.4, unit: 'MB', limit: 200 };
  const told: Figure = { name: 'first deletion', value: 3.257, unit: 's', limit: undefined };
  expect(renderFigures([figure, memory, told])).toEqual([
    'requests              12   at most 15    ok',
    'resident memory   203 MB   at most 200   EXCEEDED',
    'first deletion    3.26 s',
  ]);
});
