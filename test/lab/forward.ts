// The way in from the machine: a loopback port that leads to the API server inside the lab's network namespace.
import { readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { labtool } from './binaries.ts';
import { startDaemon } from './daemon.ts';
import { apiServerAddress, networkHolder } from './network.ts';
import type { Place } from './place.ts';
import { until } from './until.ts';

/** Starts the forward on a free port and returns its address. */
export async function startForward(place: Place): Promise<string> {
  const file = join(place.state, 'forward.address');
  const where = ['-to', `${apiServerAddress}:6443`, '-netns', `/proc/${networkHolder(place)}/ns/net`];
  await startDaemon(place, 'forward', [labtool, 'forward', ...where, '-address-file', file]);
  await until('loopback forward', () => existsSync(file), { every: 20 });
  return readFileSync(file, 'utf8');
}
