// A unit's kube-proxy in the shape of a pod, so that the rollout treats both alike: the unit is the pod, each start has an
// identity of its own, and a restart by Restart= is the restart of a container.
import { exitCode } from './unit-state.ts';
import type { UnitState } from './unit-state.ts';

/** Same fields and meaning as PodFacts in rollout/observed.ts. */
export type UnitProcess = {
  readonly name: string;
  /** systemd's InvocationID. Unlike a pod's UID it is another one after a restart by Restart= too. */
  readonly uid: string;
  readonly node: string;
  /** systemd is stopping it, or has been asked to restart it. */
  readonly deleting: boolean;
  readonly running: boolean;
  readonly restarts: number;
  readonly waiting: string | undefined;
  readonly ended: { readonly exitCode: number; readonly reason: string } | undefined;
};

/** systemd's own entry in the journal about the last main process that ended, as JSON; '' when none was read. */
export type EndedRun = { readonly exitCode: number; readonly reason: string; readonly invocation: string };

export function unitProcess(
  state: UnitState,
  { node, invocation, ended }: { node: string; invocation: string; ended: EndedRun | undefined },
): UnitProcess {
  const running = (state.activeState === 'active' || state.activeState === 'reloading') && state.mainPid > 0;
  return {
    name: state.id,
    uid: invocation,
    node,
    deleting: isBeingReplaced(state),
    running,
    restarts: state.restarts,
    waiting: running ? undefined : waitingFor(state),
    ended: ended && { exitCode: ended.exitCode, reason: ended.reason },
  };
}

/** A job of a unit that is not just starting is one to stop or restart it; what waits for Restart= still is the old run. */
function isBeingReplaced({ activeState, subState, hasJob }: UnitState): boolean {
  const isStarting = activeState === 'activating' && !subState.startsWith('auto-restart');
  return activeState === 'deactivating' || (hasJob && !isStarting);
}

/** auto-restart; failed (start-limit-hit); dead (success) when somebody stopped it. */
function waitingFor({ subState, result }: UnitState): string {
  return result === '' ? subState : `${subState} (${result})`;
}

/**
 * The run that ended last: `systemctl show` tells it until the next one starts, the journal's entry afterwards. A unit that was
 * restarted by Restart= has had one, even if the journal does not tell any more.
 */
export function endedRun(state: UnitState, invocation: string, journal: string): EndedRun | undefined {
  if (state.mainPid === 0 && state.exitCode !== undefined)
    return { exitCode: state.exitCode, reason: state.result, invocation };
  if (state.restarts === 0) return undefined;
  return fromJournal(journal) ?? { exitCode: -1, reason: 'not in the journal', invocation: '' };
}

function fromJournal(line: string): EndedRun | undefined {
  const entry = parseEntry(line);
  const text = (key: string): string => (typeof entry?.[key] === 'string' ? entry[key] : '');
  const code = exitCode(text('EXIT_CODE'), Number.parseInt(text('EXIT_STATUS'), 10));
  if (code === undefined || Number.isNaN(code)) return undefined;
  return { exitCode: code, reason: text('EXIT_CODE'), invocation: text('INVOCATION_ID') };
}

function parseEntry(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const entry: unknown = JSON.parse(line.trim());
    return typeof entry === 'object' && entry !== null ? (entry as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // No entry, or one cut off: then the journal tells nothing.
    return undefined;
  }
}
