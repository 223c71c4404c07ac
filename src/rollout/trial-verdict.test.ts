import { describe, expect, it } from 'vitest';
import type { Reading } from './observed.ts';
import { trialVerdict } from './trial-verdict.ts';

const START = 1_000_000;
const WANTED = { mode: 'nftables', families: ['IPv4', 'IPv6'] } as const;

function reading(change: Partial<Reading>): Reading {
  return {
    at: START + 10_000,
    mode: 'nftables',
    version: 'v1.36.3',
    processStart: START,
    lastSync: {},
    syncFailures: 0,
    ...change,
  };
}

const BOTH = { IPv4: START + 900, IPv6: START + 1200 };

describe('one look into a kube-proxy on trial', () => {
  it.each([
    ['has passed when every family is programmed', { lastSync: BOTH }, { kind: 'passed', firstSync: 1200 }],
    ['proves nothing while a family is missing', { lastSync: { IPv4: START + 900 } }, undefined],
    ['proves nothing while nothing has failed', {}, undefined],
    ['proves nothing without the start of the process', { lastSync: BOTH, processStart: undefined }, undefined],
    [
      'has failed when it serves another mode',
      { lastSync: BOTH, mode: 'iptables' },
      { kind: 'failed', why: 'it answers iptables instead of nftables' },
    ],
    [
      'has failed when syncs fail and none succeeds',
      { syncFailures: 2 },
      { kind: 'failed', why: '2 sync(s) failed and none succeeded' },
    ],
    ['is given a moment after a first failure', { syncFailures: 1, at: START + 1000 }, undefined],
    ['waits for the other family after a failure', { syncFailures: 1, lastSync: { IPv4: START + 900 } }, undefined],
  ] as const)('%s', (_, change, verdict) => {
    expect(trialVerdict(reading(change), WANTED)).toEqual(verdict);
  });

  it('takes one time for all families where kube-proxy does not tell them apart', () => {
    expect(trialVerdict(reading({ lastSync: { '': START + 40 } }), WANTED)).toEqual({ kind: 'passed', firstSync: 40 });
  });
});
