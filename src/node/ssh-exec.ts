// One command over an open SSH connection, to its exit code or its end by time, signal or a broken connection.
import { constants } from 'node:os';
import type { ClientChannel } from 'ssh2';
import { BoundedOutput, messageOf } from 'kopf-ts';
import type { Limits } from './command.ts';
import type { ShellResult } from './shell.ts';
import type { Connected } from './ssh-connection.ts';

export type SshExec = Limits & {
  /** A line for the user's shell. */
  readonly line: string;
  readonly stdin: string;
  /** Fires with the reason why nobody waits any longer. */
  readonly signal: AbortSignal;
};

/** Never rejects. The time begins when sshd is asked. */
export function execSsh(connection: Connected, request: SshExec): Promise<ShellResult> {
  const { signal, line, timeout } = request;
  const stdout = new BoundedOutput(request.maxOutput);
  const stderr = new BoundedOutput(request.maxOutput);
  const { promise, resolve } = Promise.withResolvers<ShellResult>();
  let channel: ClientChannel | undefined;
  let isOver = false;

  const broken = (reason: unknown): void => resolve({ kind: 'unreachable', message: messageOf(reason) });
  const expire = (): void => resolve({ kind: 'timedOut', after: timeout, stdout: stdout.text, stderr: stderr.text });
  const onAbort = (): void => broken(signal.reason);
  const onEnd = (): void => broken(connection.ended.reason);
  const timer = setTimeout(expire, timeout);
  signal.addEventListener('abort', onAbort, { once: true });
  connection.ended.addEventListener('abort', onEnd, { once: true });

  function converse(opened: ClientChannel): void {
    channel = opened;
    let code: number | undefined;
    opened.on('data', (chunk: Buffer) => stdout.add(chunk));
    opened.stderr.on('data', (chunk: Buffer) => stderr.add(chunk));
    opened.on('exit', (exitCode: number | null, name?: string) => (code = exitCode ?? codeOfSignal(name)));
    opened.on('error', () => {
      // Input that nobody reads any more; the exit code is still to come.
    });
    opened.on('close', () => {
      if (code === undefined) return broken(new Error('the connection broke before the command ended'));
      const truncated = stdout.truncated || stderr.truncated;
      resolve({ kind: 'exited', code, stdout: stdout.text, stderr: stderr.text, truncated });
    });
    opened.end(request.stdin);
  }

  function answered(error: Error | undefined, opened: ClientChannel): void {
    // "Unable to exec": sshd does not let this user run commands. Anything else has to do with the connection.
    if (error?.message.startsWith('Unable to exec') === true) resolve({ kind: 'refused', message: error.message });
    else if (error !== undefined) broken(error);
    else if (isOver) opened.close();
    else converse(opened);
  }

  try {
    connection.client.exec(line, answered);
  } catch (error) {
    // "Not connected": it has ended, and nobody has told yet.
    broken(error);
  }

  return promise.finally(() => {
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    connection.ended.removeEventListener('abort', onEnd);
    channel?.close();
  });
}

/** What a shell makes of it. The protocol has names without SIG (RFC 4254, 6.10); ssh2 gives them one. */
function codeOfSignal(name = ''): number {
  const wanted = `SIG${name.replace(/^SIG/, '')}`;
  const number: unknown = Object.entries(constants.signals).find(([known]) => known === wanted)?.[1];
  return 128 + (typeof number === 'number' ? number : 0);
}
