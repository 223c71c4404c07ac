// What one look into a kube-proxy on trial proves. Pure: the same reading gives the same verdict.
import type { Reading } from './observed.ts';
import { familiesInSync, inSync } from './readings.ts';
import type { TrialTask, Tried } from './trial-task.ts';
import { FIRST_SYNC_GRACE } from './verdict.ts';

/** undefined: it proves nothing yet. */
export function trialVerdict(reading: Reading, wanted: Pick<TrialTask, 'mode' | 'families'>): Tried | undefined {
  const { at, mode, processStart, lastSync, syncFailures } = reading;
  if (processStart === undefined) return undefined;
  if (inSync(reading, wanted.families)) {
    if (mode !== wanted.mode) return { kind: 'failed', why: `it answers ${mode} instead of ${wanted.mode}` };
    return { kind: 'passed', firstSync: Math.max(...Object.values(lastSync)) - processStart };
  }
  const isFailing = syncFailures > 0 && familiesInSync(reading).length === 0 && at - processStart >= FIRST_SYNC_GRACE;
  return isFailing ? { kind: 'failed', why: `${syncFailures} sync(s) failed and none succeeded` } : undefined;
}
