// Every verb against the simulated cluster with the real operator in it: what it says, what it leaves, how it ends.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { PROXY_MODE_MIGRATIONS, type ProxyModeMigration } from '../../src/api/kinds.ts';
import { runCommand } from '../../src/cli/program.ts';
import { fakeTerminal } from '../../src/cli/testing/terminal.ts';
import { simulatorStage, type SimulatorStage } from '../scenarios/simulator-stage.ts';
import type { RunningOperator } from '../scenarios/stage.ts';

const NAME = 'to-nftables';

// A limit for what hangs: each test plays a whole migration.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

let stage: SimulatorStage;
let operator: RunningOperator | undefined;
let folder = '';
let kubeconfig = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'proxymode-verbs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  stage = await simulatorStage();
  kubeconfig = join(folder, 'config');
  writeFileSync(kubeconfig, stage.simulator.kubeconfig('admin'));
  operator = stage.startWithoutElection();
});
afterEach(async () => {
  await operator?.stop();
  await stage.close();
});

type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

async function proxymode(...args: readonly string[]): Promise<Ended> {
  const terminal = fakeTerminal();
  const code = await runCommand([...args, '--kubeconfig', kubeconfig], terminal, new AbortController().signal);
  return { code, ...terminal.said };
}

const SOAK = '30s';

async function apply(spec: object = {}): Promise<void> {
  const object = { metadata: { name: NAME }, spec: { mode: 'nftables', ...spec } };
  await stage.client.create(PROXY_MODE_MIGRATIONS, object as unknown as ProxyModeMigration);
}

const stored = (): Promise<ProxyModeMigration | undefined> => stage.client.get(PROXY_MODE_MIGRATIONS, { name: NAME });

async function untilPhase(...phases: readonly string[]): Promise<void> {
  await stage.until(
    `${NAME} is ${phases.join(' or ')}`,
    async () => phases.includes((await stored())?.status?.phase ?? ''),
    300_000,
  );
}

async function untilSwitched(count: number): Promise<void> {
  await stage.until(
    `${count} nodes are switched`,
    async () => ((await stored())?.status?.nodes?.switched ?? 0) >= count,
    300_000,
  );
}

describe('plan', () => {
  it('answers what a migration would do, and leaves nothing behind', async () => {
    const { code, stdout } = await proxymode('plan', '--mode', 'nftables');
    expect(stdout).toMatch(/^to-nftables-plan-[0-9a-f]{6} {3}to nftables {3}Planned\n/);
    expect(stdout).toContain('  -mode: iptables\n  +mode: nftables\n');
    expect(stdout).toContain('The order of nodes\n  n2, n3, n1\n');
    expect(code).toBe(0);
    await stage.until(
      'the dry run is gone',
      async () => (await stage.client.list(PROXY_MODE_MIGRATIONS)).items.length === 0,
    );
  });

  it('takes the migration of a file, and ends with 2 when something is in the way', async () => {
    const file = join(folder, 'to-ipvs.yaml');
    const spec = '{ mode: ipvs, nodeAccess: { type: None } }';
    writeFileSync(
      file,
      `apiVersion: proxymode.dev/v1alpha1\nkind: ProxyModeMigration\nmetadata: { name: ours }\nspec: ${spec}\n`,
    );
    const { code, stdout } = await proxymode('plan', '-f', file);
    expect(stdout).toMatch(/^ours-plan-/);
    expect(stdout).toContain('\nIn the way\n');
    expect(code).toBe(2);
  });

  it('says so when no operator saw it, and how to see whether one runs', async () => {
    await operator?.stop();
    operator = undefined;
    const { code, stderr } = await proxymode('plan', '--mode', 'nftables', '--timeout', '1s');
    expect(code).toBe(1);
    expect(stderr).toContain('no operator has seen the dry run');
    expect(stderr).toContain('kubectl get lease -A');
    expect(stderr).not.toContain('more time');
  });

  it('shows the plan of a migration that is there', async () => {
    await apply({ dryRun: true });
    await untilPhase('Planned');
    const { code, stdout } = await proxymode('plan');
    expect(stdout).toContain('+mode: nftables');
    expect(code).toBe(0);
  });
});

describe('status', () => {
  it('follows a migration to its end, a line for each change', async () => {
    await apply();
    const { code, stdout } = await proxymode('status', '--watch');
    const said = stdout.split('\n');
    expect(said.filter((line) => / {2}n[123] {2}Switched: runs nftables/.test(line)).length).toBeGreaterThan(0);
    expect(said.at(-2)).toMatch(new RegExp(`  ${NAME}  Succeeded 3/3: `));
    expect(code).toBe(0);
  });

  it('draws on a terminal until it is interrupted, and leaves the terminal as it was', async () => {
    await apply({ paused: true });
    const terminal = fakeTerminal({ live: true, rows: 30 });
    const interrupt = new AbortController();
    const watching = runCommand(['status', '-w', '--kubeconfig', kubeconfig], terminal, interrupt.signal);
    await stage.until('a picture of a paused migration', () => terminal.said.stdout.includes('Paused'), 300_000);
    interrupt.abort();
    expect(await watching).toBe(130);
    expect(terminal.said.stdout).toContain(`kubectl proxymode resume ${NAME}`);
    expect(terminal.said.stdout.endsWith('\u001b[?25h')).toBe(true);
  });

  it('shows where each node stands, as people and as machines read it', async () => {
    await apply();
    await untilPhase('Succeeded');
    const { stdout } = await proxymode('status', NAME);
    expect(stdout).toMatch(/✓ n1 nftables[^]*✓ n2 nftables[^]*✓ n3 nftables/);
    expect(stdout).toContain('3 of 3 switched  Succeeded');
    expect(stdout).toContain(`kubectl proxymode report ${NAME}`);
    const [json, yaml, name] = await Promise.all(
      ['json', 'yaml', 'name'].map(async (output) => (await proxymode('status', '-o', output)).stdout),
    );
    expect(JSON.parse(json ?? '')).toMatchObject({ kind: 'ProxyModeMigration', status: { phase: 'Succeeded' } });
    expect(parse(yaml ?? '')).toEqual(JSON.parse(json ?? ''));
    expect(name).toBe(`proxymodemigration.proxymode.dev/${NAME}\n`);
  });

  it('ends with 2 when a person is needed', async () => {
    stage.simulator.node('n3').cannotRun('nftables', 'no-nft');
    await apply();
    const watched = await proxymode('status', '--watch');
    expect(watched).toMatchObject({ code: 2, stdout: expect.stringMatching(/ {2}n3 {2}Restoring: /) as string });
    const { code, stdout } = await proxymode('status');
    expect(stdout).toContain('\nDid not switch\n  n3: Failed.');
    expect(stdout).toContain('kubectl proxymode explain n3');
    expect(code).toBe(2);
  });

  it('says in a sentence what it cannot find', async () => {
    expect(await proxymode('status')).toEqual({
      code: 0,
      stdout: 'no ProxyModeMigration in this cluster\n',
      stderr: '',
    });
    expect(await proxymode('status', 'no')).toMatchObject({
      code: 1,
      stderr: 'kubectl proxymode: there is no ProxyModeMigration "no"; there is none in this cluster\n',
    });
  });
});

describe('explain', () => {
  it('tells what one node’s record rests on', async () => {
    stage.simulator.node('n3').cannotRun('nftables', 'no-nft');
    await apply();
    await untilPhase('RolledBack');
    const { code, stdout } = await proxymode('explain', 'node/n3');
    expect(stdout).toMatch(/^n3\nFailed in to-nftables, which moves nodes to nftables\n/);
    expect(stdout).toContain('CrashLooping: The new kube-proxy ends again and again.');
    expect(stdout).toMatch(/What was read after its switch\n[^]*last words +unable to create proxier/);
    expect(stdout).toMatch(/What was read after it went back\n +it answered +iptables, 3 times in a row, last at /);
    expect(code).toBe(0);
    const { stdout: json } = await proxymode('explain', 'n3', '-o', 'json');
    expect(JSON.parse(json)).toMatchObject({ kind: 'NodeMigration', spec: { nodeName: 'n3' } });
    expect(await proxymode('explain', 'n9')).toMatchObject({ code: 1, stdout: '' });
  });
});

describe('pause, resume and retry', () => {
  it('stop and go on between two nodes', async () => {
    await apply({ verify: { soak: SOAK } });
    await untilSwitched(1);
    expect(await proxymode('pause')).toMatchObject({ code: 0, stdout: expect.stringContaining('is paused') as string });
    await untilPhase('Paused');
    expect((await stored())?.status?.nodes?.switched).toBeLessThan(3);
    expect(await proxymode('pause', NAME)).toMatchObject({ code: 0, stdout: `${NAME} is paused already\n` });
    expect((await proxymode('status')).stdout).toContain(`kubectl proxymode resume ${NAME}`);
    expect(await proxymode('resume', '-o', 'name')).toEqual({
      code: 0,
      stdout: `proxymodemigration.proxymode.dev/${NAME}\n`,
      stderr: '',
    });
    await untilPhase('Succeeded');
    expect(await proxymode('retry')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is Succeeded') as string,
    });
  });

  it('try again once the cause is gone', async () => {
    stage.simulator.node('n2').cannotRun('nftables', 'no-nft');
    await apply();
    await untilPhase('RolledBack');
    stage.simulator.node('n2').cannotRun('nftables', undefined);
    expect(await proxymode('retry', `pmm/${NAME}`)).toEqual({ code: 0, stdout: `${NAME} tries again\n`, stderr: '' });
    await untilPhase('Succeeded');
    expect((await stored())?.status?.attempt).toBe(2);
  });

  it('name the right that is missing', async () => {
    await apply();
    const allow = stage.simulator.api.deny({ user: 'admin', verb: 'patch', resource: 'proxymodemigrations' });
    const { code, stderr } = await proxymode('pause');
    allow();
    expect(stderr).toMatch(/^kubectl proxymode: .*forbidden.*cannot patch.*proxymodemigrations/);
    expect(code).toBe(1);
  });
});

describe('rollback and abort', () => {
  const modes = async (): Promise<readonly (string | undefined)[]> =>
    Promise.all(stage.nodes.map((node) => stage.proxyMode(node)));

  it('rollback in mid-flight takes every node back, waits for it, and leaves nothing', async () => {
    await apply({ verify: { soak: SOAK }, onFailure: 'Pause' });
    await untilSwitched(1);
    const { code, stderr } = await proxymode('rollback', NAME);
    expect(stderr).toMatch(/ of 3 switched to nftables|back in iptables/);
    expect(code).toBe(0);
    expect(await stored()).toBeUndefined();
    expect(await modes()).toEqual(['iptables', 'iptables', 'iptables']);
  });

  it('rollback after a failure with Pause keeps the migration and takes the switched nodes back', async () => {
    stage.simulator.node('n3').cannotRun('nftables', 'no-nft');
    await apply({ onFailure: 'Pause' });
    await untilPhase('Failed');
    expect(await stage.proxyMode('n2')).toBe('nftables');
    expect(await proxymode('rollback', NAME)).toMatchObject({ code: 0 });
    expect((await stored())?.status?.phase).toBe('RolledBack');
    expect(await modes()).toEqual(['iptables', 'iptables', 'iptables']);
  });

  it('abort leaves switched nodes as they are', async () => {
    await apply({ verify: { soak: SOAK } });
    await untilSwitched(1);
    expect(await proxymode('abort', NAME)).toMatchObject({ code: 0 });
    expect(await stored()).toBeUndefined();
    expect(await modes()).toContain('nftables');
  });

  it('abort of what has not begun is at once, and one that is over is left alone', async () => {
    await apply({ nodeSelector: { matchLabels: { none: 'such' } } });
    await untilPhase('Blocked');
    expect(await proxymode('abort', NAME)).toMatchObject({ code: 0 });
    expect(await stored()).toBeUndefined();
    await apply();
    await untilPhase('Succeeded');
    expect(await proxymode('abort', NAME)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is over') as string,
    });
    expect(await proxymode('rollback', NAME)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('apply another ProxyModeMigration') as string,
    });
  });

  it('take no migration that nobody named', async () => {
    await apply();
    expect(await proxymode('rollback')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('missing') as string,
    });
  });
});

describe('report', () => {
  it('writes a page, Markdown or JSON of what was done', async () => {
    stage.simulator.node('n3').cannotRun('nftables', 'no-nft');
    await apply();
    await untilPhase('RolledBack');
    const file = join(folder, 'report.html');
    expect(await proxymode('report', '--file', file)).toEqual({ code: 0, stdout: '', stderr: '' });
    const page = readFileSync(file, 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    for (const node of stage.nodes) expect(page).toContain(`<span class="name">${node}</span>`);
    expect((await proxymode('report', '-o', 'markdown')).stdout).toContain('# to-nftables: from iptables to nftables');
    const report = JSON.parse((await proxymode('report', '-o', 'json')).stdout) as {
      readonly figures: { readonly withoutRules: object | null };
      readonly nodes: readonly { readonly name: string }[];
    };
    expect(report.nodes[0]?.name).toBe('n3');
    expect(report.figures.withoutRules).not.toBeNull();
  });
});
