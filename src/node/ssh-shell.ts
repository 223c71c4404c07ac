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
import { whileWanted } from './while-wanted.ts';

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
    const connection = await this.#connected(options.timeout, ending);
    if (connection.kind !== 'connected') throw new Error(connection.message);
    return dialSsh(connection, host, port, { ...options, timeout: connection.left, signal: ending });
  };

  /** A connection that is still being made is not waited for: it is closed when it turns up. */
  readonly close = (): Promise<void> => {
    this.#closing.abort(new Error(CLOSED));
    void this.#connection?.then((connection) => {
      if (connection.kind === 'connected') connection.close();
    });
    return Promise.resolve();
  };

  async #exec(command: ShellCommand, signal: AbortSignal): Promise<ShellResult> {
    const limits = limitsOf(command);
    const connection = await this.#connected(limits.timeout, signal);
    if (connection.kind !== 'connected') return connection;
    const line = commandLine(command.argv, { sudo: this.#settings.sudo, limit: connection.left });
    const result = await execSsh(connection, {
      ...limits,
      timeout: connection.left,
      line,
      stdin: command.stdin ?? '',
      signal,
    });
    return result.kind === 'timedOut' ? { ...result, after: limits.timeout } : result;
  }

  /** `left` of the time (ms) the caller has for everything. */
  async #connected(time: number, signal: AbortSignal): Promise<(Connected & { readonly left: number }) | NotConnected> {
    const since = performance.now();
    const late = new AbortController();
    const { host, port } = this.#settings;
    const message = `there was no connection to ${host}:${port} within ${time} ms: nothing was run`;
    const timer = setTimeout(() => late.abort(new Error(message)), time);
    try {
      const connecting = (this.#connection ??= this.#connect());
      const connection = await whileWanted(connecting, AbortSignal.any([signal, late.signal]));
      if (connection.kind !== 'connected') return connection;
      return { ...connection, left: Math.max(1, Math.ceil(time - (performance.now() - since))) };
    } finally {
      clearTimeout(timer);
    }
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
