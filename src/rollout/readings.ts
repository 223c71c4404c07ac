// A run of readings: looks into one process that all say the same. The prober keeps only the current run, so that a
// change of any kind starts the count again.
import { printable } from '../kubeproxy/printable.ts';
import type { ProxyMetrics } from '../kubeproxy/metrics.ts';
import type { Reading } from './observed.ts';

const FAMILIES: readonly string[] = ['', 'IPv4', 'IPv6'];
/** A node's clock may be ahead, but not by this much. */
const DAY = 86_400_000;

/**
 * What a process answered, bounded: a node may answer anything, and nothing it answers may make a status that the API
 * server refuses. Seconds become milliseconds here.
 */
export function readingOf(mode: string, metrics: ProxyMetrics, now: number): Reading {
  const time = (seconds: number | undefined): number | undefined => {
    const at = seconds === undefined ? Number.NaN : Math.round(seconds * 1000);
    return at > 0 && at < now + DAY ? at : undefined;
  };
  const syncs = Object.entries(metrics.lastSync).flatMap(([family, seconds]) => {
    const at = time(seconds);
    return at === undefined || !FAMILIES.includes(family) ? [] : [[family, at] as const];
  });
  return {
    at: now,
    mode: printable(mode.trim()).slice(0, 32).toWellFormed(),
    version: metrics.version === undefined ? undefined : printable(metrics.version).slice(0, 64).toWellFormed(),
    processStart: time(metrics.processStart),
    lastSync: Object.fromEntries(syncs),
    syncFailures: Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.ceil(metrics.syncFailures))) || 0,
  };
}

/** The first reading tells since when, the rest how often: more than these add nothing. */
const KEPT = 20;

/** Adds a reading to the run it continues, or starts a new run with it. */
export function append(run: readonly Reading[], reading: Reading): readonly Reading[] {
  const last = run.at(-1);
  if (last === undefined || !agree(last, reading)) return [reading];
  return [...(run.length < KEPT ? run : run.toSpliced(1, 1)), reading];
}

function agree(a: Reading, b: Reading): boolean {
  const same = a.mode === b.mode && a.processStart === b.processStart && a.syncFailures === b.syncFailures;
  return same && familiesInSync(a).join() === familiesInSync(b).join();
}

/**
 * IP families whose rules were programmed after the process started: `sync_proxy_rules_last_timestamp_seconds` newer than
 * `process_start_time_seconds`. '' stands for all of them where kube-proxy has no ip_family label (before 1.33).
 */
export function familiesInSync(reading: Reading): string[] {
  const start = reading.processStart;
  if (start === undefined) return [];
  return Object.keys(reading.lastSync)
    .filter((family) => (reading.lastSync[family] ?? 0) > start)
    .toSorted();
}

/** True when every family of the predecessor is programmed again, or any at all where the predecessor's are not known. */
export function inSync(reading: Reading, predecessor: readonly string[]): boolean {
  const done = familiesInSync(reading);
  const comparable = predecessor.every((family) => family !== '') && !done.includes('');
  return done.length > 0 && (!comparable || predecessor.every((family) => done.includes(family)));
}
