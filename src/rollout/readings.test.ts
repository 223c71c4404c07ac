import { expect, it } from 'vitest';
import type { Reading } from './observed.ts';
import { append, familiesInSync, inSync } from './readings.ts';

const one: Reading = {
  at: 1,
  mode: 'nftables',
  version: undefined,
  processStart: 100,
  lastSync: { IPv4: 200 },
  syncFailures: 0,
};

it.each<[string, Partial<Reading>]>([
  ['the mode', { mode: 'iptables' }],
  ['the process', { processStart: 150 }],
  ['a failure counter', { syncFailures: 1 }],
  ['a family that is in sync now', { lastSync: { IPv4: 200, IPv6: 200 } }],
])('a reading that differs in %s starts a new run', (_what, change) => {
  const other = { ...one, ...change, at: 2 };
  expect(append([one], other)).toEqual([other]);
});

it('a long run keeps its first reading and its latest ones', () => {
  const run = Array.from({ length: 100 }, (_, i) => ({ ...one, at: i })).reduce<readonly Reading[]>(append, []);
  expect(run).toHaveLength(20);
  expect([run[0]?.at, run.at(-1)?.at]).toEqual([0, 99]);
});

it('only what was synced after the process started counts', () => {
  expect(familiesInSync({ ...one, lastSync: { IPv6: 101, IPv4: 100 } })).toEqual(['IPv6']);
});

it.each<[Readonly<Record<string, number>>, readonly string[], boolean]>([
  [{ IPv4: 200, IPv6: 200 }, ['IPv4', 'IPv6'], true],
  [{ IPv4: 200 }, ['IPv4', 'IPv6'], false],
  [{ IPv4: 200 }, [], true],
  [{}, [], false],
  [{ '': 200 }, [''], true],
  [{ '': 200 }, ['IPv4', 'IPv6'], true],
  [{ IPv4: 200 }, [''], true],
])('lastSync %j after a predecessor with %j: %s', (lastSync, predecessor, expected) => {
  expect(inSync({ ...one, lastSync }, predecessor)).toBe(expected);
});
