// Trials on nodes: kube-proxy in the pod of a trial, with the configuration it is going to have, until it has programmed its rules or
// has ended. The pod has a network of its own, so that neither the node's rules nor its ports are touched, and goes with all that is
// in it; what an operator that is no more left of it is swept away like any helper pod.
import { messageOf, type Clock, type Log } from 'kopf-ts';
import { lastWords } from '../kubeproxy/last-words.ts';
import { TRIAL_METRICS_PORT } from '../kubeproxy/trial-config.ts';
import type { PodShell } from '../node/pod-shell.ts';
import type { ShellResult } from '../node/shell.ts';
import { script } from '../preflight/probe-commands.ts';
import { humanDuration } from '../rollout/duration.ts';
import type { TrialTask, Tried } from '../rollout/trial-task.ts';
import { trialVerdict } from '../rollout/trial-verdict.ts';
import { open } from './ask.ts';
import { NodeTasks, TaskRefused } from './node-tasks.ts';

/** Between two looks into it (ms). */
const PAUSE = 250;
/** Of what it writes, in bytes: the log of a first sync has some hundred kilobytes where there are thousands of Services. */
const MAX_LOG = 4 * 1024 * 1024;
/** Of the script: kube-proxy itself ends with 1 or 2. */
const ON_NODE_NETWORK = 97;
/** What a shell says of a program that is not there, or may not be run. */
const NOT_STARTED: readonly number[] = [126, 127];

/**
 * On the node's network it would take the place of the node's own kube-proxy. Nobody has asked for that, but whatever
 * stands between us and the kubelet may have changed the pod.
 */
const SCRIPT = [
  `case "$POD_IP" in ""|"$HOST_IP") echo "this pod is on the network of the node" >&2; exit ${ON_NODE_NETWORK};; esac`,
  'cat > /tmp/config.conf || exit 126',
  'exec kube-proxy --config=/tmp/config.conf --hostname-override="$1"',
].join('\n');

export type TrialShell = Pick<PodShell, 'run' | 'forward'>;

export type TrialRuns = NodeTasks<TrialTask, { readonly tried: Tried }, PodShell>;

export type TrialsOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly changed: () => void;
  /** A pod in which nothing has been tried yet; closed, it is gone. */
  readonly open: (task: TrialTask) => Promise<PodShell>;
};

export function createTrials(options: TrialsOptions): TrialRuns {
  return new NodeTasks({
    ...options,
    onlyLooks: true,
    // The kube-proxy of the trial before would answer in place of this one, and its image may be another.
    door: () => undefined,
    perform: async (task, shell, signal) => ({ tried: await tryOn(shell, task, { ...options, signal }) }),
  });
}

type Means = Pick<TrialsOptions, 'clock' | 'log'> & { readonly signal: AbortSignal };

/** Throws where it could not be tried, and does not try again: a kube-proxy of the first time may still be in the pod. */
export async function tryOn(shell: TrialShell, task: TrialTask, { clock, log, signal }: Means): Promise<Tried> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const argv = script(SCRIPT, task.node);
  const running = shell.run({ argv, stdin: task.config, timeout: task.timeout, maxOutput: MAX_LOG }, until);
  try {
    return await Promise.race([running.then(ended), watch(shell, task, { clock, log, signal: until })]);
  } finally {
    over.abort(new Error('the trial is over'));
  }
}

/** Never resolves where it is told to stop: whoever did so knows more. */
async function watch(shell: TrialShell, task: TrialTask, { clock, log, signal }: Means): Promise<Tried> {
  while (!signal.aborted) {
    try {
      const tried = await converse(shell, task, { clock, log, signal });
      if (tried !== undefined) return tried;
    } catch (error) {
      log.debug('kube-proxy on trial does not answer yet', { node: task.node, problem: messageOf(error) });
    }
    await clock.sleep(PAUSE, signal);
  }
  return new Promise<never>(() => {});
}

async function converse(shell: TrialShell, task: TrialTask, { clock, signal }: Means): Promise<Tried | undefined> {
  const way = {
    portForward: (_: unknown, port: number, how: Parameters<TrialShell['forward']>[1]) => shell.forward(port, how),
  };
  const line = await open(way, { name: task.node }, TRIAL_METRICS_PORT, signal);
  try {
    while (!signal.aborted) {
      const { reading } = await line.read(clock.now());
      const tried = trialVerdict(reading, task);
      if (tried !== undefined) return tried;
      await clock.sleep(PAUSE, signal);
    }
    return undefined;
  } finally {
    line.close();
  }
}

function ended(result: ShellResult): Tried {
  switch (result.kind) {
    case 'exited': {
      const words = wordsOf(result);
      if (result.code === ON_NODE_NETWORK || NOT_STARTED.includes(result.code))
        throw new TaskRefused(`kube-proxy was not started: ${words}`);
      return { kind: 'failed', why: `it ended with exit code ${result.code}: ${words}` };
    }
    case 'timedOut':
      throw new TaskRefused(`no first sync within ${humanDuration(result.after)}; its last words: ${wordsOf(result)}`);
    case 'unreachable':
    case 'refused':
      throw new TaskRefused(result.message);
  }
}

function wordsOf({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  return lastWords(`${stdout}\n${stderr}`)?.line ?? 'its log is empty';
}
