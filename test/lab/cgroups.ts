// A node's control groups: the root its kubelet counts everything under.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errnoOf } from './errno.ts';
import type { Place } from './place.ts';
import { until } from './until.ts';

const root = '/sys/fs/cgroup';

export const cgroupOf = (place: Place, node: string): string => `${place.id}-${node}`;

/** One tree for each controller with version 1, and often a tree of version 2 beside them; a single one with version 2. */
function hierarchies(): string[] {
  if (existsSync(join(root, 'cgroup.controllers'))) return [root];
  return readdirSync(root).map((name) => join(root, name));
}

export function makeCgroups(place: Place, node: string): void {
  for (const hierarchy of hierarchies()) {
    const group = join(hierarchy, cgroupOf(place, node));
    mkdirSync(group, { recursive: true });
    // version 1 starts these empty, and a group without processors takes no process
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (existsSync(join(hierarchy, file))) writeFileSync(join(group, file), readFileSync(join(hierarchy, file)));
    }
  }
}

/**
 * Removes what one node, or all of this lab's, left when their processes were killed. A machine that boots has none
 * either: a kubelet that finds the groups of dead containers waits three seconds for each.
 */
export async function removeCgroups(place: Place, node = ''): Promise<void> {
  const prefix = cgroupOf(place, node);
  const left = hierarchies().flatMap((hierarchy) =>
    readdirSync(hierarchy)
      .filter((name) => (node === '' ? name.startsWith(prefix) : name === prefix))
      .map((name) => join(hierarchy, name)),
  );
  for (const group of left) await until(`removal of ${group}`, () => removed(group), { within: 20_000 });
}

/** False while a process that is just ending still counts in the group. */
function removed(group: string): boolean {
  if (!existsSync(group)) return true;
  const children = readdirSync(group, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  if (!children.every((child) => removed(join(group, child.name)))) return false;
  try {
    rmdirSync(group);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EBUSY') return false;
    throw error;
  }
}
