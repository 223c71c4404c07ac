// The tests' own way into the VM: OpenSSH's client, and keys made anew for every VM, so that the host key is known before
// the VM boots for the first time.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDaemon, stopDaemon } from '../daemon.ts';
import type { Place } from '../place.ts';
import { must, run, type Outcome, type RunOptions } from '../run.ts';
import { roles, vmAddress, vmName, vmPaths } from './vm-place.ts';

/** root when left out. `ops` may do everything with sudo, without a password. All others that are made take the same key. */
export type SshOptions = RunOptions & { readonly user?: string };

export async function makeKeys(place: Place): Promise<void> {
  for (const file of [vmPaths.key(place), vmPaths.hostKey(place)]) {
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', vmName, '-f', file]);
  }
}

/** Where the VM's sshd is for the machine. */
export function endpointOf(place: Place): { host: string; port: number } {
  const [host = '', port] = readFileSync(join(place.state, `${roles.forward}.address`), 'utf8').split(':');
  return { host, port: Number(port) };
}

/** As in known_hosts: `ssh-ed25519 AAAA…`. */
export function hostKeyOf(place: Place): string {
  return readFileSync(`${vmPaths.hostKey(place)}.pub`, 'utf8')
    .split(' ')
    .slice(0, 2)
    .join(' ');
}

export function writeKnownHosts(place: Place): void {
  const { host, port } = endpointOf(place);
  const names = [`[${host}]:${port}`, vmAddress, vmName];
  writeFileSync(vmPaths.knownHosts(place), names.map((name) => `${name} ${hostKeyOf(place)}\n`).join(''));
}

/**
 * Opens a connection that the commands of root then share: logging in costs an emulated processor seconds when the machine
 * is busy. Without it, or when it is broken, every command logs in by itself.
 */
export async function openSession(place: Place): Promise<void> {
  await closeSession(place);
  await startDaemon(place, roles.session, [...client(place), '-M', '-N', ...login(place, 'root')]);
}

/** To be called before the VM goes down: commands would wait on a dead connection. */
export async function closeSession(place: Place): Promise<void> {
  await stopDaemon(place, roles.session);
  rmSync(vmPaths.session(place), { force: true });
}

/** How `argv` ends on the VM; 255 when that was not reached. Its shell sees every argument as it is here. */
export function ssh(place: Place, argv: readonly string[], options: SshOptions = {}): Promise<Outcome> {
  const { user = 'root', ...rest } = options;
  return run(commandLine(place, user, argv), rest);
}

/** The standard output of a command that has to succeed. */
export async function mustSsh(place: Place, argv: readonly string[], options: SshOptions = {}): Promise<string> {
  const { stdout, stderr, code } = await ssh(place, argv, options);
  if (code !== 0) throw new Error(`${argv.join(' ')} on ${vmName}: exit ${code}\n${(stderr || stdout).trim()}`);
  return stdout;
}

function commandLine(place: Place, user: string, argv: readonly string[]): string[] {
  const session = user === 'root' ? [] : ['-S', 'none'];
  return [...client(place), ...session, ...login(place, user), '--', argv.map(quoted).join(' ')];
}

function client(place: Place): string[] {
  const settings = {
    BatchMode: 'yes',
    ConnectTimeout: 20,
    ControlPath: vmPaths.session(place),
    IdentitiesOnly: 'yes',
    LogLevel: 'ERROR',
    ServerAliveInterval: 10,
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: vmPaths.knownHosts(place),
  };
  return ['ssh', '-F', '/dev/null', ...Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

function login(place: Place, user: string): string[] {
  const { host, port } = endpointOf(place);
  return ['-i', vmPaths.key(place), '-p', String(port), `${user}@${host}`];
}

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;
