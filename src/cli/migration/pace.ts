// How fast a migration goes and how long it will take, from when its nodes were done. Pure.
import type { NodeMigration, ProxyModeMigration } from '../../api/kinds.ts';

export type Pace = {
  readonly perMinute: number;
  /** Milliseconds. */
  readonly left: number;
};

/** The speed of now is that of the last nodes, not that of the first; and of several batches, where many go at once. */
const LAST = 10;
const BATCHES = 2;

/**
 * undefined while there is nothing to go by, and once there is nothing left. Forward it counts nodes that were switched, on the
 * way back those that were restored. A migration that hangs slows down with every second in which no node is done.
 */
export function paceOf(
  { spec, status }: ProxyModeMigration,
  records: readonly NodeMigration[],
  now: number,
): Pace | undefined {
  if (status?.finishedAt !== undefined || spec.paused || status?.startedAt === undefined) return undefined;
  const back = status.turnedBack !== undefined;
  // With Pause, the nodes that have switched stay: what remains is one node, not a speed.
  if (back && spec.onFailure === 'Pause') return undefined;
  const done = records.filter((record) => isDone(record, back) && record.status?.attempt === status.attempt);
  const times = (field: 'startedAt' | 'finishedAt'): readonly number[] =>
    done.map((record) => Date.parse(record.status?.[field] ?? '')).toSorted((a, b) => a - b);
  const begun = times('startedAt')[0];
  const left = records.filter(({ status: own }) => isLeft(own?.phase, back)).length;
  if (begun === undefined || left === 0) return undefined;
  const finished = times('finishedAt');
  const window = Math.max(LAST, BATCHES * mostAbreast(done));
  const since = finished.length > window ? (finished.at(-window - 1) ?? begun) : begun;
  const each = Math.max(1, now - since) / Math.min(window, finished.length);
  return { perMinute: 60_000 / each, left: each * left };
}

/** How many of these were under way at the same time. */
function mostAbreast(done: readonly NodeMigration[]): number {
  const turns = done.flatMap(({ status }) => {
    const [from, to] = [Date.parse(status?.startedAt ?? ''), Date.parse(status?.finishedAt ?? '')];
    // Who ends leaves room for who begins in the same moment.
    return to > from
      ? [
          { at: from, by: 1 },
          { at: to, by: -1 },
        ]
      : [];
  });
  let abreast = 0;
  let most = 0;
  for (const { by } of turns.toSorted((a, b) => a.at - b.at || a.by - b.by)) most = Math.max(most, (abreast += by));
  return most;
}

function isDone({ status }: NodeMigration, back: boolean): boolean {
  return status?.phase !== undefined && (back ? DONE_BACK : DONE_FORWARD).has(status.phase);
}

const DONE_FORWARD: ReadonlySet<string> = new Set(['Switched']);
const DONE_BACK: ReadonlySet<string> = new Set(['FellBack', 'Failed', 'RolledBack']);
const LEFT_FORWARD: ReadonlySet<string> = new Set(['Pending', 'Switching', 'Verifying']);
const LEFT_BACK: ReadonlySet<string> = new Set(['Switched', 'Switching', 'Verifying', 'Restoring']);

function isLeft(phase: string | undefined, back: boolean): boolean {
  if (phase === undefined) return !back;
  return (back ? LEFT_BACK : LEFT_FORWARD).has(phase);
}
