// The node's end of a shell under test: what it is asked for is really run, on this machine.
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

export type Asked = {
  readonly argv: readonly string[];
  readonly stdin: Readable;
  readonly stdout: (chunk: Buffer) => void;
  readonly stderr: (chunk: Buffer) => void;
  readonly signal: AbortSignal;
};

/** Resolves with the exit code, as a shell would give it; rejects when there is no such program. */
export function spawnProgram({ argv: [program = '', ...args], stdin, stdout, stderr, signal }: Asked): Promise<number> {
  const child = spawn(program, args, { stdio: 'pipe' });
  signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  child.stdin.on('error', () => {
    // It ended without reading everything.
  });
  stdin.on('error', () => child.stdin.destroy());
  stdin.pipe(child.stdin);
  child.stdout.on('data', stdout);
  child.stderr.on('data', stderr);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 137));
  });
}
