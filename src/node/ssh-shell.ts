// NodeShell by SSH: one connection for all commands, made for the first of them and made anew when it has broken.
import { lastWords } from './attempt.ts';
import { aborted, CLOSED, limitsOf, unspeakable } from './command.ts';
import type { NodeShell, ShellCommand, ShellResult } from './shell.ts';
import { commandLine, SUDO_CHECK } from './ssh-command.ts';
import { connectSsh, type Connected, type NotConnected } from './ssh-connection.ts';
import { dialSsh, type Dial } from './ssh-dial.ts';
import { execSsh } from './ssh-exec.ts';
import type { SshSettings } from './ssh-settings.ts';
import { Turns } from './turns.ts';

/** Commands at the same time: sshd allows ten sessions on a connection by default (MaxSessions). */
const AT_ONCE = 8;
const SUDO_TIMEOUT = 15_000;

/** SSH reaches the node's own ports as well. */
export type SshNodeShell = NodeShell & { readonly dial: Dial };

export function createSshShell(node: string, settings: SshSettings): SshNodeShell {
  return new SshShell(node, settings);
}

class SshShell implements SshNodeShell {
  readonly node: string;
  readonly #settings: SshSettings;
  readonly #closing = new AbortController();
  readonly #turns = new Turns(AT_ONCE);
  #connection: Promise<Connected | NotConnected> | undefined;

  constructor(node: string, settings: SshSettings) {
    this.node = node;
    this.#settings = settings;
  }

  readonly pathOf = (hostPath: string): string => hostPath;

  readonly run = async (command: ShellCommand, signal?: AbortSignal): Promise<ShellResult> => {
    const refused = unspeakable(command);
    if (refused !== undefined) return refused;
    const ending = signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal]);
    if (ending.aborted) return { kind: 'unreachable', message: aborted(ending) };
    return this.#turns.take(() => this.#exec(command, ending));
  };

  readonly dial: Dial = async (host, port, options) => {
    const { signal } = options;
    const ending = signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal]);
    const connection = await raced((this.#connection ??= this.#connect()), ending);
    if (connection.kind !== 'connected') throw new Error(connection.message);
    return dialSsh(connection, host, port, { ...options, signal: ending });
  };

  readonly close = async (): Promise<void> => {
    this.#closing.abort(new Error(CLOSED));
    const connection = await this.#connection;
    if (connection?.kind === 'connected') connection.close();
  };

  async #exec(command: ShellCommand, signal: AbortSignal): Promise<ShellResult> {
    const connection = await raced((this.#connection ??= this.#connect()), signal);
    if (connection.kind !== 'connected') return connection;
    const limits = limitsOf(command);
    const line = commandLine(command.argv, { sudo: this.#settings.sudo, limit: limits.timeout });
    return execSsh(connection, { ...limits, line, stdin: command.stdin ?? '', signal });
  }

  async #connect(): Promise<Connected | NotConnected> {
    const connection = await this.#authorised();
    if (connection.kind !== 'connected') {
      // The next command tries again.
      this.#connection = undefined;
      return connection;
    }
    connection.ended.addEventListener('abort', () => (this.#connection = undefined), { once: true });
    if (connection.ended.aborted) this.#connection = undefined;
    return connection;
  }

  /** Connected, and allowed to do what it is for. */
  async #authorised(): Promise<Connected | NotConnected> {
    const { signal } = this.#closing;
    const connection = await connectSsh(this.#settings, signal);
    if (connection.kind !== 'connected' || !this.#settings.sudo) return connection;
    const check = { line: SUDO_CHECK, stdin: '', timeout: SUDO_TIMEOUT, maxOutput: 1024, signal };
    const result = await execSsh(connection, check);
    if (result.kind === 'exited' && result.code === 0) return connection;
    connection.close();
    return sudoRefused(result, this.#settings);
  }
}

function sudoRefused(result: ShellResult, { user, host, port }: SshSettings): NotConnected {
  const where = `${user}@${host}:${port}`;
  switch (result.kind) {
    case 'exited':
      return {
        kind: 'refused',
        message: `sudo does not work without a password for ${where}: ${lastWords(result)}`,
      };
    case 'timedOut':
      return { kind: 'unreachable', message: `sudo for ${where} has not answered in ${result.after} ms` };
    case 'unreachable':
    case 'refused':
      return result;
  }
}

/** Connecting goes on for the others when one caller has lost interest. */
async function raced(
  connection: Promise<Connected | NotConnected>,
  signal: AbortSignal,
): Promise<Connected | NotConnected> {
  const { promise, resolve } = Promise.withResolvers<NotConnected>();
  const onAbort = (): void => resolve({ kind: 'unreachable', message: aborted(signal) });
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([connection, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
