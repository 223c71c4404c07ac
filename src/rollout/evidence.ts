// Verdicts and readings turned into what a NodeMigration keeps as evidence.
import type { Evidence, NodeMigrationStatus } from '../api/node-migration.ts';
import { printable } from '../kubeproxy/printable.ts';
import type { PodFacts, Reading } from './observed.ts';
import { familiesInSync } from './readings.ts';
import { iso } from './time.ts';

export function processOf(pod: PodFacts): { podName: string; podUID: string; restarts: number } {
  return { podName: pod.name, podUID: pod.uid, restarts: pod.restarts };
}

export function evidenceOf(pod: PodFacts, run: readonly Reading[], lastWords?: string): Evidence {
  const last = run.at(-1);
  const words = lastWords === undefined ? {} : { lastWords: printable(lastWords).slice(0, 1024) };
  if (last === undefined) return { ...processOf(pod), readings: 0, ...words };
  return {
    ...processOf(pod),
    mode: last.mode,
    readings: run.length,
    readAt: iso(last.at),
    ...(last.version === undefined ? {} : { version: last.version }),
    ...(last.processStart === undefined ? {} : { processStartedAt: iso(last.processStart) }),
    firstSyncs: Object.entries(last.lastSync).map(([family, at]) => ({ family, at: iso(at) })),
    syncFailures: last.syncFailures,
    ...words,
  };
}

/** What the process that was found at the start ran: its successor is measured against it. */
export function beforeOf(pod: PodFacts, reading: Reading): NonNullable<NodeMigrationStatus['before']> {
  return {
    ...processOf(pod),
    mode: reading.mode,
    families: familiesInSync(reading),
    ...(reading.version === undefined ? {} : { version: reading.version }),
  };
}
