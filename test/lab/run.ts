// Running a command to its end. How it ended is a value; only `must` turns a failure into an error.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { errnoOf } from './errno.ts';

export type Outcome = { readonly stdout: string; readonly stderr: string; readonly code: number };
export type RunOptions = {
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Milliseconds after which the command is killed; its code is then that of SIGKILL. */
  readonly timeout?: number;
};

const killedBySignal = 137;

export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [command = '', ...args] = argv;
  const { cwd, env = process.env, timeout } = options;
  const child = spawn(command, args, {
    stdio: 'pipe',
    env,
    killSignal: 'SIGKILL',
    ...(cwd === undefined ? {} : { cwd }),
    ...(timeout === undefined ? {} : { timeout }),
  });
  const exit = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? killedBySignal));
  });
  // a command may end without reading its input: that is told by its exit code, not by the broken pipe
  child.stdin.on('error', (error) => {
    if (errnoOf(error) !== 'EPIPE') child.emit('error', error);
  });
  child.stdin.end(options.input ?? '');
  const [code, stdout, stderr] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  return { stdout, stderr, code };
}

/** The standard output of a command that has to succeed. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { stdout, stderr, code } = await run(argv, options);
  if (code !== 0) throw new Error(`${argv.join(' ')}: exit ${code}\n${(stderr || stdout).trim()}`);
  return stdout;
}
