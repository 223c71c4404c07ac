// What one kube-proxy process has proved so far. Pure: the same facts give the same verdict.
//
// A process counts as serving a mode when, several times in a row, it answered that mode on /proxyMode, its rules were
// programmed after it started in every IP family its predecessor served, and its sync failure counters stood still.
// /healthz proves nothing (200 from the first second), and up to 1.25 /proxyMode is the effective mode, from 1.26 on only
// the configured one: the sync after process start is what shows that the mode works (kubernetes/kubernetes PR 111806).
import { called } from './called.ts';
import type { Reason } from '../api/reasons.ts';
import type { LastWords, PodFacts, ProbeFacts, Reading } from './observed.ts';
import { humanDuration } from './duration.ts';
import { familiesInSync, inSync } from './readings.ts';
import { common, lengthSince, type Span } from './spans.ts';

export type Expectation = {
  readonly successes: number;
  readonly soak: number;
  /** IP families that must be programmed; any one will do when empty. */
  readonly families: readonly string[];
  /** Restarts the container had when this step began. */
  readonly restarts: number;
  /** When the step began, and how long it may take: only time counts in which it could be seen, and a process be asked. */
  readonly startedAt: number;
  readonly timeout: number;
  /** When this operator saw the cluster. */
  readonly watched: readonly Span[];
};

export type Verdict =
  | { readonly kind: 'waiting'; readonly message: string; readonly wake: number }
  | { readonly kind: 'serving'; readonly mode: string; readonly streak: readonly Reading[] }
  | { readonly kind: 'wantLastWords' }
  | { readonly kind: 'broken'; readonly reason: Reason; readonly message: string; readonly lastWords?: string };

export type Evidence = {
  readonly now: number;
  readonly pod: PodFacts | undefined;
  readonly probe: ProbeFacts | undefined;
  readonly lastWords: LastWords | undefined;
};

/** kube-proxy retries a failed first sync only after syncPeriod (30 s): a node without rules shall not wait for that. */
export const FIRST_SYNC_GRACE = 5000;
/** kubelet restarts a container at once for the first time: two ends in a row are a loop, one may be an accident. */
const ENDS_THAT_PROVE_A_LOOP = 2;

export function verdict(evidence: Evidence, expected: Expectation): Verdict {
  const ended = crashed(evidence, expected);
  if (ended !== undefined) return ended;
  const streak = steady(evidence.probe, expected.families);
  const last = streak.at(-1);
  if (last !== undefined && streak.length >= expected.successes) {
    const soaked = last.at - (streak[0]?.at ?? last.at);
    if (soaked >= expected.soak) return { kind: 'serving', mode: last.mode, streak };
  }
  return failing(evidence) ?? late(evidence, expected) ?? waiting(evidence, expected, streak);
}

function crashed({ pod, lastWords }: Evidence, expected: Expectation): Verdict | undefined {
  if (pod?.ended === undefined) return undefined;
  const ends = pod.restarts - expected.restarts + (pod.running ? 0 : 1);
  if (ends < 1) return undefined;
  if (lastWords === undefined) return { kind: 'wantLastWords' };
  if (!lastWords.fatal && ends < ENDS_THAT_PROVE_A_LOOP) return undefined;
  const message = `kube-proxy ended with exit code ${pod.ended.exitCode}: ${lastWords.line || 'its log is empty'}`;
  return { kind: 'broken', reason: 'CrashLooping', message, lastWords: lastWords.line };
}

/** The current run of readings, once its rules are programmed. */
function steady(probe: ProbeFacts | undefined, families: readonly string[]): readonly Reading[] {
  const run = probe?.error === undefined ? (probe?.readings ?? []) : [];
  const last = run.at(-1);
  return last !== undefined && inSync(last, families) ? run : [];
}

function failing({ now, probe }: Evidence): Verdict | undefined {
  const last = probe?.readings.at(-1);
  if (last?.processStart === undefined || last.syncFailures === 0) return undefined;
  if (familiesInSync(last).length > 0 || now - last.processStart < FIRST_SYNC_GRACE) return undefined;
  return {
    kind: 'broken',
    reason: 'SyncFailing',
    message: `kube-proxy answers ${last.mode} but ${last.syncFailures} sync(s) failed and none succeeded`,
  };
}

/**
 * How much (ms) of its time is left. An operator that was away, or was not let through, has heard nothing whatever the
 * process did; one that has just been started has asked nobody yet.
 */
function left({ pod, probe }: Evidence, { startedAt, timeout, watched }: Expectation): number {
  const counted = pod?.running === true ? common(watched, probe?.asked ?? []) : watched;
  return timeout - lengthSince(counted, startedAt);
}

function late(evidence: Evidence, expected: Expectation): Verdict | undefined {
  if (left(evidence, expected) > 0) return undefined;
  const { pod, probe } = evidence;
  const last = probe?.readings.at(-1);
  if (pod === undefined) return broken('PodNotReplaced', 'no new kube-proxy pod came in time');
  if (last === undefined) return silent(pod, probe);
  const reason = last.syncFailures > 0 ? 'SyncFailing' : 'NeverSynced';
  return broken(reason, `${called(pod)} answers ${last.mode} but was not steadily in sync in time`);
}

function silent(pod: PodFacts, probe: ProbeFacts | undefined): Verdict | undefined {
  // Being refused by the API server says nothing of the node: its attempt must not end for that.
  if (probe?.error?.forbidden) return undefined;
  const why = probe?.error?.message ?? pod.waiting ?? 'nothing was heard of it';
  return broken('NeverAnswered', `${called(pod)} did not answer on /proxyMode in time: ${why}`);
}

function broken(reason: Reason, message: string): Verdict {
  return { kind: 'broken', reason, message };
}

function waiting(evidence: Evidence, expected: Expectation, streak: readonly Reading[]): Verdict {
  const { now, pod, probe } = evidence;
  const wake = now + Math.max(1000, Math.min(left(evidence, expected), 30_000));
  return { kind: 'waiting', message: waitingFor(pod, probe, streak, expected), wake };
}

function waitingFor(
  pod: PodFacts | undefined,
  probe: ProbeFacts | undefined,
  streak: readonly Reading[],
  expected: Expectation,
): string {
  if (pod?.systemd !== undefined && pod.deleting) return `waiting for ${called(pod)} to start again`;
  if (pod === undefined || pod.deleting) return 'waiting for the new kube-proxy pod';
  if (!pod.running) return `${called(pod)} is starting${pod.waiting === undefined ? '' : ` (${pod.waiting})`}`;
  return `${called(pod)} ${heard(probe, streak, expected)}`;
}

function heard(probe: ProbeFacts | undefined, streak: readonly Reading[], expected: Expectation): string {
  if (probe?.error?.forbidden === true) return `runs, and may not be asked: ${probe.error.message}`;
  const last = probe?.readings.at(-1);
  if (last === undefined) return 'runs; waiting for its answer';
  if (streak.length === 0) return `answers ${last.mode}; waiting for its first sync`;
  return `answers ${last.mode}, in sync; making sure (${expected.successes} times, soak ${humanDuration(expected.soak)})`;
}
