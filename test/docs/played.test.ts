// The pages, played: every `kubectl proxymode …` is run, and what kubectl does to migrations (apply, patch, wait, delete) is done through
// the API, from the first block of a page to the last, on the simulated cluster with the real operator in it. What kubectl shows of
// migrations is shown by it where the machine has one, and otherwise only has to be there.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Resource } from 'kopf-ts';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS, type ProxyModeMigration } from '../../src/api/kinds.ts';
import type { ProxyMode } from '../../src/api/fields.ts';
import { runCommand } from '../../src/cli/program.ts';
import { fakeTerminal } from '../../src/cli/testing/terminal.ts';
import { simulatorStage, type SimulatorStage } from '../scenarios/simulator-stage.ts';
import type { RunningOperator } from '../scenarios/stage.ts';
import { readKubectl, type KubectlCommand } from './kubectl-command.ts';
import { fileNameOf, migrationIn } from './migrations.ts';
import { blocksOf, PAGES, placeOf, type Block } from './pages.ts';
import { commandsIn } from './shell-words.ts';

// A limit for what hangs: each test plays whole migrations.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

const PATIENCE = 600_000;
/** What the pages call NAME and NODE. */
const NAME = 'to-nftables';
const NODE = 'n3';

let folder = '';
let stage: SimulatorStage;
let operator: RunningOperator | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'proxymode-docs-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  await operator?.stop();
  await stage.close();
});

async function begin(mode: ProxyMode): Promise<void> {
  files.clear();
  const nodes = [{ name: 'n1', controlPlane: true }, { name: 'n2' }, { name: NODE }];
  stage = await simulatorStage({ speed: 20, simulator: { mode, nodes } });
  writeFileSync(join(folder, 'config'), stage.simulator.kubeconfig('admin'));
  operator = stage.startWithoutElection();
}

async function play(block: Block): Promise<void> {
  const text = block.text.replaceAll(/\bNAME\b/g, NAME).replaceAll(/\bNODE\b/g, NODE);
  for (const [program, ...words] of commandsIn(text)) {
    // blocks.test.ts has looked at it.
    if (program === 'helm') continue;
    if (words[0] === 'proxymode') await proxymode(words.slice(1), block);
    else await kubectl(readKubectl(words), words);
  }
}

/** Files are those of the page, or go where they do no harm. */
async function proxymode(words: readonly string[], block: Block): Promise<void> {
  const args = words.map((word, i) => (['-f', '--file'].includes(words[i - 1] ?? '') ? join(folder, word) : word));
  const terminal = fakeTerminal();
  const flags = ['--kubeconfig', join(folder, 'config')];
  const code = await runCommand([...args, ...flags], terminal, new AbortController().signal);
  const { stdout, stderr } = terminal.said;
  expect(code, `${placeOf(block)}: kubectl proxymode ${words.join(' ')}\n${stdout}\n${stderr}`).toBe(block.exit);
}

const OURS: ReadonlyMap<string, Resource> = new Map<string, Resource>([
  ['pmm', PROXY_MODE_MIGRATIONS],
  ['nmig', NODE_MIGRATIONS],
]);

async function kubectl(command: KubectlCommand, words: readonly string[]): Promise<void> {
  const { verb, resource = '', name, flags } = command;
  if (verb === 'apply') await stage.client.apply(PROXY_MODE_MIGRATIONS, file(String(flags['filename'])));
  const kind = OURS.get(resource);
  if (kind === undefined) return;
  if (verb === 'get') await stage.kubectl?.(...words);
  if (name !== undefined) await actOn(kind, name, command);
}

async function actOn(kind: Resource, name: string, { verb, flags }: KubectlCommand): Promise<void> {
  if (verb === 'patch') await stage.client.mergePatch(kind, { name }, JSON.parse(String(flags['patch'])));
  else if (verb === 'wait') await untilCondition(name, String(flags['for']));
  else if (verb === 'delete') await remove(name);
  else if (verb === 'get' || verb === 'describe') expect(await stage.client.get(kind, { name }), name).toBeDefined();
  else throw new Error(`nobody plays kubectl ${verb}`);
}

const files = new Map<string, ProxyModeMigration>();

function file(name: string): ProxyModeMigration {
  const object = files.get(name);
  if (object === undefined) throw new Error(`the page has not shown ${name}`);
  return object;
}

async function remove(name: string): Promise<void> {
  await stage.client.delete(PROXY_MODE_MIGRATIONS, { name });
  await stage.until(`${name} is gone`, async () => (await stored(name)) === undefined, PATIENCE);
}

const stored = (name: string): Promise<ProxyModeMigration | undefined> =>
  stage.client.get(PROXY_MODE_MIGRATIONS, { name });

/** `condition=Reconciling=False`. */
async function untilCondition(name: string, wanted: string): Promise<void> {
  const [, type, status = 'True'] = wanted.split('=');
  const holds = async (): Promise<boolean> =>
    (await stored(name))?.status?.conditions?.some((one) => one.type === type && one.status === status) === true;
  await stage.until(`${name} has ${wanted}`, holds, PATIENCE);
}

/** What is written down in a file of the page is there from its block on. */
function keep(block: Block): void {
  files.set(fileNameOf(block), migrationIn(block));
  writeFileSync(join(folder, fileNameOf(block)), block.text);
}

const isRun = (block: Block): boolean => block.skip === undefined && ['sh', 'yaml'].includes(block.language);
const STORIES = [...PAGES.keys()]
  .map((page) => [page, blocksOf(page).filter((block) => isRun(block) && block.given === undefined)] as const)
  .filter(([, blocks]) => blocks.some(({ language }) => language === 'sh'));
const MOMENTS = [...PAGES.keys()].flatMap(blocksOf).filter((block) => isRun(block) && block.given !== undefined);

describe('a page, from its first command to its last', () => {
  it.each(STORIES)('%s', async (page, blocks) => {
    const [, from = 'iptables', to] = /modes\/(\w+)-to-(\w+)\.md$/.exec(page) ?? [];
    await begin(from as ProxyMode);
    for (const block of blocks) {
      if (block.language === 'yaml') keep(block);
      else await play(block);
    }
    const modes = await Promise.all(stage.nodes.map((node) => stage.proxyMode(node)));
    expect(new Set(modes)).toEqual(new Set([to ?? 'iptables']));
  });

  it('is so of every page that has commands', () => {
    expect(STORIES.map(([page]) => page)).toEqual([
      'docs/distributions.md',
      'docs/getting-started.md',
      'docs/modes/iptables-to-ipvs.md',
      'docs/modes/iptables-to-nftables.md',
      'docs/modes/ipvs-to-iptables.md',
      'docs/modes/ipvs-to-nftables.md',
      'docs/troubleshooting.md',
    ]);
  });
});

describe('commands for a migration that has come to this', () => {
  const KIND = { apiVersion: 'proxymode.dev/v1alpha1', kind: 'ProxyModeMigration' };
  const SPECS: Readonly<Record<string, object>> = {
    Blocked: { mode: 'nftables', nodeAccess: { type: 'None' } },
    RolledBack: { mode: 'nftables' },
    Failed: { mode: 'nftables', onFailure: 'Pause' },
    Paused: { mode: 'nftables', paused: true },
  };

  it.each(MOMENTS.map((block) => [block.given ?? '', placeOf(block), block] as const))(
    '%s: %s',
    async (phase, _place, block) => {
      await begin('iptables');
      stage.simulator.node(NODE).cannotRun('nftables', phase === 'Paused' ? undefined : 'no-nft');
      const spec = SPECS[phase];
      if (spec === undefined) throw new Error(`nobody knows how a migration comes to be ${phase}`);
      await stage.client.apply(PROXY_MODE_MIGRATIONS, { ...KIND, metadata: { name: NAME }, spec });
      await stage.until(`it is ${phase}`, async () => (await stored(NAME))?.status?.phase === phase, PATIENCE);
      await play(block);
    },
  );
});
