// The way in from the machine: a loopback port that leads into the lab's network namespace, to the API server as a rule.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { labtool } from './binaries.ts';
import { startDaemon } from './daemon.ts';
import { apiServerAddress, networkHolder } from './network.ts';
import type { Place } from './place.ts';
import { until } from './until.ts';

/** Starts the forward `role` on a free port and returns its address. */
export async function startForward(place: Place, role = 'forward', to = `${apiServerAddress}:6443`): Promise<string> {
  const file = join(place.state, `${role}.address`);
  rmSync(file, { force: true });
  const where = ['-to', to, '-netns', `/proc/${networkHolder(place)}/ns/net`];
  await startDaemon(place, role, [labtool, 'forward', ...where, '-address-file', file]);
  await until('loopback forward', () => existsSync(file), { every: 20 });
  return readFileSync(file, 'utf8');
}
