// That labs do not meet, and that nothing a killed run leaves behind stands in the next one's way.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { processesOf } from './daemon.ts';
import { labDown, labUp } from './lab.ts';
import { placeOf } from './place.ts';

const left = { name: 'test-left', controlPlaneOnly: true };
const right = { name: 'test-right', controlPlaneOnly: true };
const killed = placeOf('test-killed');

afterEach(async () => {
  for (const name of ['test-left', 'test-right', 'test-killed']) await labDown({ name });
});

/** Control groups of a lab, in all trees of version 1 or in that of version 2. */
function cgroups(id: string): string[] {
  const root = '/sys/fs/cgroup';
  const trees = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const groups = [root, ...trees.map(({ name }) => join(root, name))].flatMap((tree) => readdirSync(tree));
  return groups.filter((name) => name.startsWith(id));
}

test('two labs have nothing in common', async () => {
  const [one, other] = await Promise.all([labUp(left), labUp(right)]);
  await one.kubectl('create', 'namespace', 'only-here');
  await expect(other.kubectl('get', 'namespace', 'only-here')).rejects.toThrow('NotFound');
  await labDown(left);
  expect(existsSync(one.kubeconfig)).toBe(false);
  expect(await other.kubectl('get', '--raw', '/readyz')).toBe('ok');
});

test('a lab that is up is joined, not made anew', async () => {
  const one = await labUp(left);
  const before = readFileSync(one.kubeconfig, 'utf8');
  const other = await labUp(left);
  expect(readFileSync(other.kubeconfig, 'utf8')).toBe(before);
});

test('after a bringing-up killed half-way, the next one succeeds, and its end leaves nothing', async () => {
  const script = `import { labUp } from ${JSON.stringify(join(import.meta.dirname, 'lab.ts'))};
    await labUp({ name: 'test-killed', log: console.log });`;
  const up = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  // at its first line the API server is ready and the nodes are starting
  await once(createInterface(up.stdout), 'line');
  up.kill('SIGKILL');
  await once(up, 'close');
  expect(processesOf(killed).length).toBeGreaterThan(0);

  const lab = await labUp({ name: 'test-killed', nodes: 1 });
  expect(await lab.kubeProxyMode('n1')).toBe('iptables');
  await labDown({ name: 'test-killed' });
  expect(processesOf(killed)).toEqual([]);
  expect(cgroups(killed.id)).toEqual([]);
  expect(existsSync(killed.state)).toBe(false);
});

test('a directory that is not a lab is never removed', async () => {
  const stranger = placeOf('test-stranger');
  mkdirSync(stranger.state, { recursive: true });
  writeFileSync(join(stranger.state, 'diary'), 'dear diary');
  await expect(labDown({ name: 'test-stranger' })).rejects.toThrow('is not a lab');
  expect(readFileSync(join(stranger.state, 'diary'), 'utf8')).toBe('dear diary');
  rmSync(stranger.state, { recursive: true });
});
