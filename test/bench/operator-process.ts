// The operator as `npm start` runs it, flags included, in a process of its own: its memory is its own.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCommand } from '../start-command.ts';

/** For a graceful end, in milliseconds. */
const PATIENCE = 40_000;

/** Megabytes (10^6 bytes). */
export type Memory = { readonly resident: number; readonly peak: number };

export type OperatorProcess = {
  memory(): Promise<Memory>;
  /** Seconds on a processor so far, of all threads. */
  processorTime(): Promise<number>;
  /** Throws when it has ended by itself. */
  check(): void;
  stop(): Promise<void>;
};

export async function startOperatorProcess(kubeconfig: string): Promise<OperatorProcess> {
  const command = startCommand();
  const folder = await mkdtemp(join(tmpdir(), 'proxymode-bench-'));
  const path = join(folder, 'kubeconfig');
  await writeFile(path, kubeconfig);
  const child = spawn(process.execPath, command, {
    env: { PATH: process.env['PATH'], KUBECONFIG: path, LOG_LEVEL: 'warn', HTTP_ADDRESS: '127.0.0.1:0' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const orphaned = (): void => void child.kill('SIGKILL');
  process.once('exit', orphaned);
  let code: number | null | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (status) => {
      code = status;
      resolve();
    });
  });
  return {
    async memory() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      const kilobytes = (field: string): number =>
        Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
      return { resident: (kilobytes('VmRSS') * 1024) / 1e6, peak: (kilobytes('VmHWM') * 1024) / 1e6 };
    },
    async processorTime() {
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
      // utime and stime, in ticks of 10 ms, after the name in parentheses
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    check() {
      if (code !== undefined) throw new Error(`the operator ended with code ${code}`);
    },
    async stop() {
      if (code === undefined) child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
      await ended;
      clearTimeout(late);
      process.off('exit', orphaned);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
