// Bringing the VM up, and knowing when it is there.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { stopDaemon } from '../daemon.ts';
import { startForward } from '../forward.ts';
import type { Place } from '../place.ts';
import { until } from '../until.ts';
import { register } from './cluster.ts';
import { makeDisk, resetDisk } from './disk.ts';
import { image } from './image.ts';
import { isOn, lastWords, powerOff, powerOn } from './machine.ts';
import { hasSynced } from './proxy.ts';
import { closeSession, makeKeys, mustSsh, openSession, ssh, writeKnownHosts } from './ssh.ts';
import { roles, vmAddress, vmName, vmPaths } from './vm-place.ts';

/** From nothing: what a killed run left behind is removed, not repaired. */
export async function bringUp(place: Place, log: (line: string) => void): Promise<void> {
  for (const role of Object.values(roles)) await stopDaemon(place, role);
  rmSync(vmPaths.directory(place), { recursive: true, force: true });
  mkdirSync(vmPaths.directory(place), { mode: 0o700 });
  await makeKeys(place);
  await register(place);
  await makeDisk(place);
  await startForward(place, roles.forward, `${vmAddress}:22`);
  writeKnownHosts(place);
  await bootPristine(place, log);
}

/** Boots from a disk that bears nothing but the installation; returns when kube-proxy has written its rules. */
export async function bootPristine(place: Place, log: (line: string) => void = () => {}): Promise<void> {
  rmSync(vmPaths.ready(place), { force: true });
  await unplug(place);
  await resetDisk(place);
  await boot(place);
  log(`${vmName} booted`);
  await until(`rules on ${vmName}`, () => hasSynced(place), slowly);
  log('kube-proxy running');
  writeFileSync(vmPaths.ready(place), image);
}

/** Pulls the plug. */
export async function unplug(place: Place): Promise<void> {
  await closeSession(place);
  await powerOff(place);
}

/** In the ordinary way: every unit is stopped, and the disk keeps what is on it. */
export async function reboot(place: Place): Promise<void> {
  await mustSsh(place, ['systemctl', '--no-block', 'reboot']);
  await closeSession(place);
  await until(`end of ${vmName}`, () => !isOn(place), slowly);
  await boot(place);
}

/** Fifteen seconds are usual, and forty have been seen on a machine that had much else to do. */
const slowly = { within: 240_000, every: 500 };

/** From what is on its disk; returns when sshd answers. */
export async function boot(place: Place): Promise<void> {
  try {
    await powerOn(place);
    await until(`boot of ${vmName}`, async () => !isOn(place) || (await logsIn(place)), slowly);
    if (!isOn(place)) throw new Error('QEMU ended by itself');
    await openSession(place);
  } catch (error) {
    throw new Error(`${vmName} does not boot: ${lastWords(place)}`, { cause: error });
  }
}

async function logsIn(place: Place): Promise<boolean> {
  return (await ssh(place, ['true'], { timeout: 30_000 })).code === 0;
}
