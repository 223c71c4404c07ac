// What both transports do with a command before they send it, and their defaults.
import { messageOf } from 'kopf-ts';
import type { ShellCommand, ShellResult } from './shell.ts';

const DEFAULT_TIMEOUT = 30_000;
const DEFAULT_MAX_OUTPUT = 1024 * 1024;

export type Limits = { readonly timeout: number; readonly maxOutput: number };

export function limitsOf({ timeout = DEFAULT_TIMEOUT, maxOutput = DEFAULT_MAX_OUTPUT }: ShellCommand): Limits {
  return { timeout, maxOutput };
}

/**
 * Arguments no process can be given: a NUL ends a string for execve, and half a surrogate pair would reach the node as
 * another character. undefined when all is well.
 */
export function unspeakable({ argv }: ShellCommand): ShellResult | undefined {
  const index = argv.findIndex((word) => word.includes('\0') || !word.isWellFormed());
  if (index === -1) return undefined;
  const shown = JSON.stringify(argv[index]?.slice(0, 80));
  return { kind: 'refused', message: `argument ${index} (${shown}) cannot be given to a program: nothing was run` };
}

export const CLOSED = 'the shell is closed: nothing was run';

/** Why a signal fired, for a message. */
export function aborted({ reason }: { readonly reason: unknown }): string {
  return messageOf(reason);
}
