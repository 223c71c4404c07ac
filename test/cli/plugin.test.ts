// The built plugin as a process: that it can be put on PATH, starts at once, and completes what people type.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { systemClock } from 'kopf-ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crdYaml } from '../../src/api/crd-yaml.ts';
import { startSimulator, type Simulator } from '../../src/simulator/start.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { pluginFolder } from './plugin.ts';

let folder = '';
let simulator: Simulator;
let env: NodeJS.ProcessEnv = {};

beforeAll(async () => {
  pluginFolder();
  folder = mkdtempSync(join(tmpdir(), 'proxymode-plugin-'));
  const bin = join(folder, '.local', 'bin');
  mkdirSync(bin, { recursive: true });
  await exec('bash', ['-c', installation()], { cwd: ROOT, env: { ...process.env, HOME: folder } });
  const crds = crdYaml().map(({ text }) => text);
  simulator = await startSimulator({ clock: systemClock, nodes: 3, mode: 'iptables', crds });
  const kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, simulator.kubeconfig());
  env = { PATH: [bin, process.env['PATH'] ?? ''].join(delimiter), HOME: folder, KUBECONFIG: kubeconfig };
}, 120_000);

afterAll(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true });
});

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const exec = promisify(execFile);

/** The second of the two lines in the README; the first one has been run. */
function installation(): string {
  const readme = readFileSync(join(ROOT, 'src/cli/README.md'), 'utf8');
  const [, build, install = ''] = /```\n(.*)\n(.*)\n```/.exec(readme) ?? [];
  expect(build).toBe('npm ci && npm run build');
  return install;
}

/** By name, as kubectl starts it; what it prints on stdout. Rejects when it does not end with 0. */
async function started(program: string, ...args: readonly string[]): Promise<string> {
  return (await exec(program, args, { env })).stdout;
}

describe('the plugin', () => {
  it('is an executable that says its version', async () => {
    expect(statSync(join(pluginFolder(), 'kubectl-proxymode')).mode & 0o111).toBe(0o111);
    expect(await started('kubectl-proxymode', '--version')).toBe(`${packageJson.version}\n`);
  });

  it('is what npm puts on PATH, under both names', () => {
    const names = ['kubectl-proxymode', 'kubectl_complete-proxymode'];
    expect(packageJson.bin).toEqual(Object.fromEntries(names.map((name) => [name, 'dist/kubectl-proxymode'])));
  });

  it('shows a status, and prints how long that took', async () => {
    const times: number[] = [];
    while (times.length < 5) {
      const start = performance.now();
      expect(await started('kubectl-proxymode', 'status')).toBe('no ProxyModeMigration in this cluster\n');
      times.push(Math.round(performance.now() - start));
    }
    process.stdout.write(`status, from its start to its end: ${times.join(', ')} ms\n`);
    // A limit for what hangs: 300 ms are meant, on a machine with nothing else to do, and tests never have one.
    expect(Math.min(...times)).toBeLessThan(10_000);
  });
});

describe('a Tab', () => {
  const suggested = async (...words: readonly string[]): Promise<readonly string[]> =>
    (await started('kubectl_complete-proxymode', ...words)).trimEnd().split('\n');

  it('completes commands, with what they do', async () => {
    const [first, ...rest] = await suggested('sta');
    expect(first).toMatch(/^status\thow far/);
    expect(rest).toEqual([':4']);
  });

  it('completes nodes of the cluster the command line names', async () => {
    const names = simulator.nodes.map(({ name }) => name).toSorted();
    expect(await suggested('explain', '')).toEqual([...names, ':4']);
    expect(await suggested('explain', '--context', 'no-such-context', '')).toEqual([':4']);
  });

  it('leaves files to the shell', async () => {
    expect(await suggested('report', '--file', '')).toEqual([':0']);
  });
});
