// When a node was on its way, as stretches of time: to the target mode, and back. Pure.
import type { NodeMigration } from '../../api/kinds.ts';

export type NodeStep = {
  /** `forward`: it was switched, or tried. `back`: it was given its old mode back. */
  readonly direction: 'forward' | 'back';
  readonly from: string;
  /** null: it is still on its way. */
  readonly to: string | null;
};

const BACK: ReadonlySet<string> = new Set(['Restoring', 'FellBack', 'Failed', 'RolledBack', 'Stranded']);
const UNTOUCHED: ReadonlySet<string> = new Set(['Pending', 'Skipped']);

/**
 * A record keeps the times of its last step only. Of a step that was followed by another one, the stretch in which its kube-proxy
 * was read is left: from the start of that process to the last answer.
 */
export function stepsOf({ status = {} }: NodeMigration): readonly NodeStep[] {
  const { phase = 'Pending', startedAt, finishedAt, evidence } = status;
  if (UNTOUCHED.has(phase) || startedAt === undefined) return [];
  const last = { from: startedAt, to: finishedAt ?? null };
  if (!BACK.has(phase)) return [{ direction: 'forward', ...last }];
  const { processStartedAt, readAt } = evidence ?? {};
  const before: readonly NodeStep[] =
    processStartedAt === undefined || readAt === undefined
      ? []
      : [{ direction: 'forward', from: processStartedAt, to: readAt }];
  return [...before, { direction: 'back', ...last }];
}
