// A command run in a container of a simulated pod: by the machine's own few commands, or by whatever program a test puts in
// their place.
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ExecRequest } from '../types.ts';
import { containerView } from './container-view.ts';
import { runBatchScript } from './machine-batch.ts';
import { runCommand, type Place } from './machine-commands.ts';
import type { PodRun } from './pod-run.ts';

/** Resolves with the exit code; undefined leaves the command to the machine. */
export type ExecProgram = (request: ExecRequest, place: Place) => Promise<number> | undefined;

/** SIGKILL's exit code: what a command ends with whose container is gone. */
const KILLED = 137;

export function execInPod(
  run: PodRun,
  request: ExecRequest,
  { machine, rules, program }: Pick<Place, 'machine' | 'rules'> & { readonly program: ExecProgram | undefined },
): Promise<number> {
  const container = request.container ?? run.containerName;
  if (container !== run.containerName) throw new Error(`container ${container} is not valid for pod ${run.ref.name}`);
  if (!run.isRunning) throw new Error(`container not found ("${container}")`);
  const place = { machine, rules, view: containerView(run.spec) };
  const signal = AbortSignal.any([request.signal, run.ending]);
  const ended = program?.({ ...request, signal }, place) ?? runHere(request, place);
  return Promise.race([ended, killedBy(run.ending)]);
}

/** How input is given where a server cannot be told its end (before 1.30): the first argument is fed to the command of the others. */
const FEED = 'input=$1; shift; printf %s "$input" | "$@"';

function unfed(request: ExecRequest): ExecRequest {
  const [shell, flag, script, , input = '', ...command] = request.command;
  const isFed = shell === 'sh' && flag === '-c' && script === FEED;
  return isFed ? { ...request, command, stdin: Readable.from([input]) } : request;
}

async function runHere(asked: ExecRequest, place: Place): Promise<number> {
  const request = unfed(asked);
  const [program = '', ...words] = request.command;
  // Only `cat` without a file reads its input, and `sh -s`.
  const isScript = program === 'sh' && words.join(' ') === '-s';
  const stdin = isScript || (program === 'cat' && words.length === 0) ? await text(request.stdin) : '';
  const outcome = isScript ? runBatchScript(place, stdin) : runCommand(place, request.command, stdin);
  if (outcome === undefined)
    throw new Error(
      `failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: exec: "${program}": executable file not found in $PATH: unknown`,
    );
  if (outcome.stdout !== '') request.stdout(outcome.stdout);
  if (outcome.stderr !== '') request.stderr(outcome.stderr);
  return outcome.code;
}

function killedBy(signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(KILLED);
    else signal.addEventListener('abort', () => resolve(KILLED), { once: true });
  });
}
