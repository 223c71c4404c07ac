// A NodeShell whose node is this machine: real processes, a PATH that begins with `bin`, and files where the test puts them.
// Every command is a process group of its own, as the children of a session on a node are.
import { spawn } from 'node:child_process';
import type { NodeShell, ShellCommand, ShellResult } from '../../node/shell.ts';

export type LocalShell = NodeShell & {
  /** Set to be out of reach, or refused. */
  answer: ShellResult | undefined;
  readonly commands: ShellCommand[];
};

export function localShell(bin: string): LocalShell {
  const shell: LocalShell = {
    node: 'n1',
    answer: undefined,
    commands: [],
    pathOf: (path) => path,
    run: (command, signal) => {
      shell.commands.push(command);
      return shell.answer === undefined ? run(bin, command, signal) : Promise.resolve(shell.answer);
    },
    close: () => Promise.resolve(),
  };
  return shell;
}

function run(bin: string, { argv, stdin, maxOutput }: ShellCommand, signal?: AbortSignal): Promise<ShellResult> {
  return new Promise((resolve) => {
    const [program, ...args] = argv;
    const env = { PATH: `${bin}:/usr/local/bin:/usr/bin:/bin` };
    const child = spawn(program, args, { env, detached: true, stdio: 'pipe', ...(signal && { signal }) });
    const out = collect(child.stdout);
    const err = collect(child.stderr);
    child.on('error', (error) => resolve({ kind: 'unreachable', message: error.message }));
    child.on('close', (code) => {
      const stdout = out();
      const limit = maxOutput ?? 1_048_576;
      const [kept, truncated] = [stdout.subarray(0, limit).toString('utf8'), stdout.length > limit];
      if (code === null) resolve({ kind: 'unreachable', message: 'the connection broke' });
      else resolve({ kind: 'exited', code, stdout: kept, stderr: err().toString('utf8'), truncated });
    });
    // A script that ends without reading what it is sent is none of our business.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin ?? '');
  });
}

function collect(stream: NodeJS.ReadableStream): () => Buffer {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
  return () => Buffer.concat(chunks);
}
