// Ending a lab, complete or half-made: the same steps after a test, after a kill -9 and before every new lab.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { removeCgroups } from './cgroups.ts';
import { labProcesses, stopDaemon } from './daemon.ts';
import { labsDirectory, paths, placeOf, type Place } from './place.ts';
import { must } from './run.ts';

export async function reclaim(place: Place): Promise<void> {
  // with the processes go their namespaces, and with those all mounts, links, rules and sockets
  await stopDaemon(place);
  await removeCgroups(place);
  if (!existsSync(place.state)) return;
  if (!existsSync(paths.mark(place)) && readdirSync(place.state).length > 0) {
    throw new Error(`${place.state} is not a lab's directory: it is left alone`);
  }
  // never to be expected; but removing a directory through a mount would be worse than asking once more
  for (const mount of mountsBelow(place.state)) await must(['umount', '--lazy', mount]);
  rmSync(place.state, { recursive: true });
}

/** An empty state directory that bears the mark. */
export async function freshState(place: Place): Promise<void> {
  await reclaim(place);
  mkdirSync(place.state, { recursive: true, mode: 0o700 });
  writeFileSync(paths.mark(place), '');
}

/** All labs of this checkout, also those a killed run left: found by their directories and by their processes. */
export function labsOfCheckout(): Place[] {
  const directories = existsSync(labsDirectory) ? readdirSync(labsDirectory) : [];
  const marked = directories.filter((name) => existsSync(paths.mark(placeOf(name))));
  const running = labProcesses().filter(({ state }) => dirname(state) === labsDirectory);
  const names = new Set([...marked, ...running.map(({ state }) => basename(state))]);
  return [...names].map(placeOf);
}

/** Mounts of the machine's own namespace below a directory, innermost first. */
function mountsBelow(directory: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((mount) => mount.startsWith(`${directory}/`))
    .toReversed();
}
