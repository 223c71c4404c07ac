// How a command is added to the program: its flags and help are made at once, what it does is loaded when it is asked for.
import { Option, type Command } from 'commander';
import { parseTimeout } from './durations.ts';
import type { ClusterChoice } from './kubeconfig.ts';
import { OBJECT_OUTPUTS } from './object-outputs.ts';
import type { Terminal } from './terminal.ts';

/** Does the work and gives the exit code. Throws CommandError for what a person can mend. */
export type Work = (terminal: Terminal, interrupt: AbortSignal) => Promise<number>;

/** Adds a command to `program`. Its action hands `run` the work, behind an `await import()`. */
export type AddCommand = (program: Command, run: (work: Work) => Promise<void>) => void;

export type ClusterFlags = ClusterChoice & {
  /** Milliseconds; Infinity for what a person ends. */
  readonly timeout: number;
};

/** Of every command that speaks to a cluster. `timeout` as a person would type it. */
export function withClusterFlags(command: Command, timeout: string): Command {
  return command
    .option('--kubeconfig <path>', 'kubeconfig file; otherwise KUBECONFIG, then ~/.kube/config')
    .option('--context <name>', 'context in it; otherwise the current one')
    .addOption(
      new Option('--timeout <duration>', 'for all of it, as in 90s or 2m')
        .argParser(parseTimeout)
        .default(parseTimeout(timeout), timeout),
    );
}

/** Of every command about one object of the API. */
export function withObjectOutput(command: Command): Command {
  return command.addOption(
    new Option('-o, --output <format>', 'for people, or the object itself').choices(OBJECT_OUTPUTS).default('table'),
  );
}
