// The lab's long-running processes. Each carries the lab's state directory and its own role in its environment, and is
// found by looking for them in /proc: no pid file can be stale, and a pid used again by a stranger is never mistaken.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, closeSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { labBin } from './binaries.ts';
import { errnoOf } from './errno.ts';
import { paths, type Place } from './place.ts';
import { until } from './until.ts';

const labVariable = 'PROXYMODE_LAB';
const roleVariable = 'PROXYMODE_LAB_ROLE';

/** Starts a process that outlives this one; its output goes to log/ROLE.log. */
export async function startDaemon(place: Place, role: string, argv: readonly string[]): Promise<void> {
  mkdirSync(paths.logs(place), { recursive: true });
  const log = openSync(join(paths.logs(place), `${role}.log`), 'a');
  const [command = '', ...args] = argv;
  const env = { PATH: `${labBin}:${process.env['PATH']}`, [labVariable]: place.state, [roleVariable]: role };
  const child = spawn(command, args, { detached: true, stdio: ['ignore', log, log], env });
  await once(child, 'spawn');
  child.unref();
  closeSync(log);
}

/** The pids of the lab's processes, or of those of one role. Children keep the role of their parent. */
export function processesOf(place: Place, role?: string): number[] {
  return labProcesses()
    .filter((found) => found.state === place.state && (role === undefined || found.role === role))
    .map(({ pid }) => pid);
}

type LabProcess = { readonly pid: number; readonly state: string; readonly role: string };

/** The processes of all labs on this machine. */
export function labProcesses(): LabProcess[] {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
  return pids.flatMap((entry) => {
    const pid = Number(entry);
    const environment = readOfProcess(pid, 'environ').split('\0');
    const value = (name: string): string | undefined =>
      environment.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
    const state = value(labVariable);
    return state === undefined ? [] : [{ pid, state, role: value(roleVariable) ?? '' }];
  });
}

/** A file below /proc/PID; empty once the process is gone, and for one of more privilege than ours. */
export function readOfProcess(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (isGone(error) || errnoOf(error) === 'EACCES') return '';
    throw error;
  }
}

/** Kills the lab's processes, or those of one role, and returns when none is left. */
export async function stopDaemon(place: Place, role?: string): Promise<void> {
  await until(`end of ${role ?? 'all processes'} of ${place.state}`, () => {
    const left = processesOf(place, role);
    left.forEach(kill);
    return left.length === 0;
  });
}

// SIGKILL throughout: an API server with open watches takes a minute to leave by itself, and tests want a crash
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH'].includes(errnoOf(error) ?? '');
}
