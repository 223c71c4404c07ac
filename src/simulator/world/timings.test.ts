import { describe, expect, test } from 'vitest';
import { createConfigMapHistory, refreshedAt } from './projection.ts';
import { DEFAULT_TIMINGS, firstSync, restartDelay } from './timings.ts';
import { goDuration } from './pod-run.ts';

test.each([
  [50, 'iptables', 33],
  [1000, 'nftables', 550],
  [5000, 'iptables', 8500],
  [50, 'ipvs', 66],
  [3000, 'nftables', 3775],
  [9000, 'nftables', 13_450],
] as const)('a first sync of %i Services in %s mode takes %i ms', (services, mode, expected) => {
  expect(firstSync(services, mode)).toBe(expected);
});

test('container restarts: at once, then 10 s, doubled up to 5 min', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8].map((ends) => restartDelay(ends, DEFAULT_TIMINGS.backOff));
  expect(delays).toEqual([0, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
  expect(delays.map(goDuration)).toEqual(['0s', '10s', '20s', '40s', '1m20s', '2m40s', '5m0s', '5m0s']);
});

describe('a projected ConfigMap', () => {
  test('is refreshed in the rhythm of its kubelet, and never older than its mounting', () => {
    const rhythm = { period: 60, phase: 7, mountedAt: 0 };
    expect([66, 67, 126, 127].map((now) => refreshedAt(now, rhythm))).toEqual([7, 67, 67, 127]);
    expect(refreshedAt(126, { ...rhythm, mountedAt: 100 })).toBe(100);
  });

  test('shows what the ConfigMap was then; forgotten is only what nobody can see any more', () => {
    const ref = { namespace: 'kube-system', name: 'kube-proxy' };
    const history = createConfigMapHistory(100);
    const at = (time: number): unknown => history.asOf(ref, time)?.['key'];
    for (const [time, value] of [
      [0, 'a'],
      [50, 'b'],
      [120, 'c'],
      [210, 'd'],
    ] as const) {
      history.record(ref, { metadata: { name: ref.name }, data: { key: value } }, time);
    }
    history.record(ref, undefined, 220);
    expect([119, 120, 215, 230].map(at)).toEqual([undefined, 'c', 'd', undefined]);
    expect(history.asOf({ name: 'other' }, 100)).toBeUndefined();
  });
});
