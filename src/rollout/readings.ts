// A run of readings: looks into one process that all say the same. The prober keeps only the current run, so that a
// change of any kind starts the count again.
import type { Reading } from './observed.ts';

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
