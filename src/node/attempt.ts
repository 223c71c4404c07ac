// The results of steps that take several commands: what they were for, or why not.
import { printable } from '../kubeproxy/printable.ts';
import type { Exited, NodeShell, ShellCommand, ShellResult } from './shell.ts';

/** The node was asked and could not do it. */
export type Failed = { readonly kind: 'failed'; readonly message: string };

/** Everything a step can end with besides its own result. */
export type Setback = Failed | Exclude<ShellResult, Exited>;

export function failed(message: string): Failed {
  return { kind: 'failed', message };
}

/** The command's result if it ended with one of the codes, 0 by default; otherwise what it complained about. */
export async function attempt(
  shell: NodeShell,
  command: ShellCommand,
  { codes = [0], signal }: { codes?: readonly number[]; signal?: AbortSignal | undefined } = {},
): Promise<Exited | Setback> {
  const result = await shell.run(command, signal);
  if (result.kind !== 'exited' || codes.includes(result.code)) return result;
  return failed(`${command.argv[0]} on node ${shell.node} ended with ${result.code}: ${lastWords(result)}`);
}

/** The last line of what a program complained about, safe to show. */
export function lastWords({ stderr, stdout }: Exited): string {
  const text = stderr.trim() === '' ? stdout : stderr;
  const last = text.trim().split('\n').at(-1) ?? '';
  return last === '' ? 'it said nothing' : printable(last).slice(0, 300);
}

export function isSetback(result: { readonly kind: string }): result is Setback {
  return ['failed', 'timedOut', 'unreachable', 'refused'].includes(result.kind);
}

/** In words, for a person. */
export function setbackInWords(setback: Setback): string {
  return setback.kind === 'timedOut' ? `a command took longer than ${setback.after} ms` : setback.message;
}
