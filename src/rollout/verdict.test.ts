import { describe, expect, it } from 'vitest';
import type { PodFacts, Reading } from './observed.ts';
import { verdict as verdictOf, type Evidence, type Expectation, type Verdict } from './verdict.ts';

const START = 1_000_000;
const POD: PodFacts = {
  name: 'kp',
  uid: 'u',
  node: 'n',
  deleting: false,
  running: true,
  restarts: 0,
  waiting: undefined,
  ended: undefined,
};
const EXPECTED: Expectation = {
  successes: 3,
  soak: 0,
  families: ['IPv4', 'IPv6'],
  restarts: 0,
  startedAt: START,
  timeout: 60_000,
  watched: [],
};
const BOTH = { IPv4: START + 500, IPv6: START + 500 };

function reading(change: Partial<Reading> = {}): Reading {
  return {
    at: START + 2000,
    mode: 'nftables',
    version: 'v1.36.3',
    processStart: START,
    lastSync: BOTH,
    syncFailures: 0,
    ...change,
  };
}

function evidence(change: Partial<Evidence> & { readings?: readonly Reading[] } = {}): Evidence {
  const { readings = [], ...rest } = change;
  const probe = { podUID: 'u', restarts: 0, readings, asked: [], page: '', error: undefined };
  return { now: START + 3000, pod: POD, probe, lastWords: undefined, ...rest };
}

/** By an operator that saw and asked it all the time. */
function verdict(seen: Evidence, expected: Expectation): Verdict {
  const always = [{ from: START - 10_000, to: seen.now }];
  const probe = seen.probe === undefined ? undefined : { ...seen.probe, asked: always };
  return verdictOf({ ...seen, probe }, { ...expected, watched: always });
}

describe('a kube-proxy process', () => {
  it('serves a mode when it said so often enough, in sync', () => {
    const run = [reading(), reading(), reading()];
    expect(verdict(evidence({ readings: run }), EXPECTED)).toEqual({ kind: 'serving', mode: 'nftables', streak: run });
  });

  it.each([
    ['it said so too seldom', [reading(), reading()]],
    [
      'an IP family its predecessor served is not programmed',
      [0, 1, 2].map(() => reading({ lastSync: { IPv4: START + 500 } })),
    ],
    [
      'its last sync is older than the process',
      [0, 1, 2].map(() => reading({ lastSync: { IPv4: START - 1, IPv6: START - 1 } })),
    ],
    ['the process start is not known', [0, 1, 2].map(() => reading({ processStart: undefined }))],
  ])('is waited for when %s', (_why, readings) => {
    expect(verdict(evidence({ readings }), EXPECTED).kind).toBe('waiting');
  });

  it('is accepted without ip_family labels, as before 1.33', () => {
    const run = [0, 1, 2].map(() => reading({ lastSync: { '': START + 500 } }));
    expect(verdict(evidence({ readings: run }), { ...EXPECTED, families: [''] }).kind).toBe('serving');
  });

  it('has to hold for the soak time', () => {
    const run = [reading({ at: START }), reading({ at: START + 9000 }), reading({ at: START + 10_000 })];
    expect(verdict(evidence({ readings: run }), { ...EXPECTED, soak: 10_001 }).kind).toBe('waiting');
    expect(verdict(evidence({ readings: run }), { ...EXPECTED, soak: 10_000 }).kind).toBe('serving');
  });

  it('is broken when it ended with words that never heal, and those words are the reason', () => {
    const pod = { ...POD, running: false, ended: { exitCode: 1, reason: 'Error' } };
    const lastWords = { line: "can't use the IPVS proxier: ipvs not supported", fatal: true };
    expect(verdict(evidence({ pod, lastWords }), EXPECTED)).toEqual({
      kind: 'broken',
      reason: 'CrashLooping',
      message: "kube-proxy ended with exit code 1: can't use the IPVS proxier: ipvs not supported",
      lastWords: lastWords.line,
    });
  });

  it('has its log read before it is judged for having ended', () => {
    const pod = { ...POD, running: false, ended: { exitCode: 1, reason: 'Error' } };
    expect(verdict(evidence({ pod }), EXPECTED)).toEqual({ kind: 'wantLastWords' });
  });

  it('gets a second chance after one accident, but not after two', () => {
    const lastWords = { line: 'node "n" not found', fatal: false };
    const ended = { exitCode: 1, reason: 'Error' };
    expect(verdict(evidence({ pod: { ...POD, restarts: 1, ended }, lastWords }), EXPECTED).kind).toBe('waiting');
    expect(verdict(evidence({ pod: { ...POD, restarts: 1, running: false, ended }, lastWords }), EXPECTED).kind).toBe(
      'broken',
    );
  });

  it('is not blamed for how it ended before this step began', () => {
    const pod = { ...POD, restarts: 7, ended: { exitCode: 137, reason: 'OOMKilled' } };
    expect(verdict(evidence({ pod, lastWords: { line: '', fatal: false } }), { ...EXPECTED, restarts: 7 }).kind).toBe(
      'waiting',
    );
  });

  it('is broken when its first sync failed and nothing was programmed', () => {
    const readings = [reading({ lastSync: {}, syncFailures: 1 })];
    expect(verdict(evidence({ readings, now: START + 4999 }), EXPECTED).kind).toBe('waiting');
    expect(verdict(evidence({ readings, now: START + 5000 }), EXPECTED)).toMatchObject({
      kind: 'broken',
      reason: 'SyncFailing',
    });
  });

  it.each([
    ['PodNotReplaced', evidence({ pod: undefined, probe: undefined })],
    ['NeverAnswered', evidence()],
    ['NeverSynced', evidence({ readings: [reading({ lastSync: {} })] })],
    ['SyncFailing', evidence({ readings: [reading({ syncFailures: 2 })] })],
  ])('is %s when its time is over', (reason, seen) => {
    expect(verdict({ ...seen, now: START + 59_999 }, EXPECTED).kind).toBe('waiting');
    expect(verdict({ ...seen, now: START + 60_000 }, EXPECTED)).toMatchObject({ kind: 'broken', reason });
  });

  it('is not believed while it does not answer any more', () => {
    const probe = {
      podUID: 'u',
      restarts: 0,
      readings: [reading(), reading(), reading()],
      asked: [],
      page: '',
      error: { message: 'reset', since: START, tries: 1, forbidden: false },
    };
    expect(verdict(evidence({ probe }), EXPECTED).kind).toBe('waiting');
  });

  const LATER = START + 100_000;
  const always = [{ from: START, to: LATER }];
  const silent = { podUID: 'u', restarts: 0, readings: [], page: '', error: undefined };

  it.each([
    ['was never asked', undefined, always],
    ['has just been asked', { ...silent, asked: [{ from: LATER - 59_999, to: LATER }] }, always],
    [
      'was asked again only now',
      {
        ...silent,
        asked: [
          { from: START, to: START + 30_000 },
          { from: LATER - 29_999, to: LATER },
        ],
      },
      always,
    ],
    ['was asked while the API server was away', { ...silent, asked: always }, [{ from: START + 40_001, to: LATER }]],
    [
      'was answering, and could not be asked for long',
      { ...silent, readings: [reading()], asked: [{ from: LATER, to: LATER }] },
      always,
    ],
  ])('that %s is not judged by its silence', (_why, probe, watched) => {
    const seen = { now: LATER, pod: POD, probe, lastWords: undefined };
    expect(verdictOf(seen, { ...EXPECTED, watched }).kind).toBe('waiting');
    const patient = probe?.asked.map(({ from, to }) => ({ from: from - 60_000, to }));
    if (probe === undefined || patient === undefined) return;
    const asked = { ...seen, probe: { ...probe, asked: patient } };
    const earlier = { ...EXPECTED, startedAt: START - 60_000, watched: [{ from: 0, to: LATER }] };
    expect(verdictOf(asked, earlier).kind, 'asked for long enough').toBe('broken');
  });

  it('that did not come is waited for by an operator that has not watched for long', () => {
    const seen = { now: LATER, pod: undefined, probe: undefined, lastWords: undefined };
    const since = (from: number): Expectation => ({ ...EXPECTED, watched: [{ from, to: LATER }] });
    expect(verdictOf(seen, since(LATER - 59_999))).toMatchObject({ kind: 'waiting', wake: LATER + 1000 });
    expect(verdictOf(seen, since(LATER - 60_000))).toMatchObject({ kind: 'broken', reason: 'PodNotReplaced' });
  });

  it('that crashes is judged at once, however short it was watched', () => {
    const pod = { ...POD, running: false, ended: { exitCode: 1, reason: 'Error' } };
    const lastWords = { line: 'no such mode', fatal: true };
    expect(verdictOf({ now: LATER, pod, probe: undefined, lastWords }, EXPECTED)).toMatchObject({
      reason: 'CrashLooping',
    });
  });
});
