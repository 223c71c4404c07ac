// What can be said of each block by itself. No kubectl and no helm is run: commands are read, and what they name has to exist.
import { Command } from 'commander';
import { systemClock } from 'kopf-ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crdYaml } from '../../src/api/crd-yaml.ts';
import { COMMANDS } from '../../src/cli/commands.ts';
import { startSimulator, type Simulator } from '../../src/simulator/start.ts';
import { checkHelm } from './helm-command.ts';
import { readKubectl } from './kubectl-command.ts';
import { brokenRules, fileNameOf, migrationIn } from './migrations.ts';
import { BLOCKS, pageOf, PAGES, placeOf } from './pages.ts';
import { commandsIn } from './shell-words.ts';

const run = BLOCKS.filter(({ skip }) => skip === undefined);
const named = (language: string) =>
  run.filter((block) => block.language === language).map((block) => [placeOf(block), block] as const);

let simulator: Simulator;
beforeAll(async () => {
  const crds = crdYaml().map(({ text }) => text);
  simulator = await startSimulator({ clock: systemClock, nodes: 1, mode: 'iptables', crds });
});
afterAll(() => simulator.close());

it('blocks that nobody runs are these, each with its reason', () => {
  const skipped = BLOCKS.flatMap(({ page, skip }) => (skip === undefined ? [] : [`${page}: ${skip}`]));
  expect(skipped).toEqual([
    'docs/getting-started.md: a configuration of kind; nothing of ours reads it',
    'docs/getting-started.md: needs kind and a container engine',
    'docs/getting-started.md: needs a container engine and a registry',
    'docs/getting-started.md: test/cli/plugin.test.ts builds it and runs it from PATH',
    'docs/getting-started.md: while nodes are on their way; test/cli/verbs.test.ts runs both',
    'docs/troubleshooting.md: needs a recording of a node; src/cli/audit has one and is tested with it',
  ]);
});

it('every mark belongs to a block', () => {
  const written = [...PAGES.values()].join('\n').split('<!-- test:').length - 1;
  expect(BLOCKS.reduce((sum, { marked }) => sum + marked, 0)).toBe(written);
});

it('every block is of a kind that something looks at', () => {
  const others = BLOCKS.filter(({ language }) => !['yaml', 'sh', 'text', 'mermaid'].includes(language));
  expect(others.map(placeOf)).toEqual([]);
});

describe('a migration in a document', () => {
  it.each(named('yaml'))(
    '%s is taken by the API, without an unknown field, and breaks no CEL rule',
    async (_place, block) => {
      const object = migrationIn(block);
      expect(fileNameOf(block)).toMatch(/^[a-z-]+\.yaml$/);
      const path = '/apis/proxymode.dev/v1alpha1/proxymodemigrations?fieldValidation=Strict&dryRun=All';
      const response = await fetch(simulator.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer admin' },
        body: JSON.stringify(object),
      });
      expect(response.status, await response.text()).toBe(201);
      expect(brokenRules(object)).toEqual([]);
    },
  );

  it('would be refused with a field that does not exist, or against a rule', async () => {
    const block = run.find(({ language }) => language === 'yaml');
    if (block === undefined) throw new Error('there is no migration');
    const { spec, ...rest } = migrationIn(block);
    const response = await fetch(
      `${simulator.url}/apis/proxymode.dev/v1alpha1/proxymodemigrations?fieldValidation=Strict&dryRun=All`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer admin' },
        body: JSON.stringify({ ...rest, spec: { ...spec, rollouts: {} } }),
      },
    );
    expect(response.status).toBe(400);
    const wrong = { ...rest, spec: { mode: 'ipvs', config: { nftables: {} }, rollout: { nodeTimeout: '0s' } } };
    expect(brokenRules(wrong)).toEqual([
      'config.nftables is only allowed with mode nftables',
      'must be longer than 0s',
    ]);
  });
});

describe('a command in a document', () => {
  it.each(named('sh'))('%s names verbs, flags, resources, fields and values that exist', (_place, block) => {
    expect(() => look(block.text)).not.toThrow();
  });

  it.each([
    ['kubectl get pmn', 'no resource pmn'],
    ['kubectl get pmm --wach', 'wach'],
    ['kubectl fetch pmm', 'no verb fetch'],
    ["kubectl get pmm a -o jsonpath='{.status.plan.dif}'", 'no field dif'],
    ['kubectl wait --for=condition=Done pmm/a', 'condition=Done'],
    ['helm install proxymode charts/proxymode --set image.host=a', 'no value image.host'],
    ['helm install proxymode charts/proxy', 'no chart'],
    ['kubectl get pmm | grep a', 'only a shell'],
    ['nft list tables', 'nobody knows'],
  ])('%s would be found wrong', (text, why) => {
    expect(() => look(text)).toThrow(why);
  });

  /** What commands of the plugin say is played.test.ts's, which runs them. */
  function look(text: string): void {
    for (const [program, ...words] of commandsIn(text)) {
      if (program === 'helm') checkHelm(words);
      else if (program !== 'kubectl') throw new Error(`nobody knows how to look at ${program}`);
      else if (words[0] !== 'proxymode') readKubectl(words);
    }
  }
});

describe('a command inside a sentence', () => {
  const program = new Command();
  for (const add of COMMANDS) add(program, () => Promise.resolve());
  const said = [...PAGES].flatMap(([page, text]) =>
    Array.from(text.matchAll(/`kubectl ([^`]+)`/g), ([, words = '']) => [page, words] as const),
  );

  it.each(said.filter(([, words]) => words.startsWith('proxymode ')))(
    'in %s, kubectl %s is one of the plugin, with its flags',
    (_page, words) => {
      const [, verb, ...rest] = words.split(' ');
      const command = program.commands.find((one) => one.name() === verb);
      const flags = command?.options.map(({ long }) => long);
      expect(flags).toEqual(expect.arrayContaining(rest.filter((word) => word.startsWith('--') && word !== '--help')));
    },
  );

  it.each(said.filter(([, words]) => !words.startsWith('proxymode') && words.includes(' ')))(
    'in %s, kubectl %s names what exists',
    (_page, words) => {
      const [command = []] = commandsIn(words);
      expect(() => readKubectl(command)).not.toThrow();
    },
  );

  it('in the runbook names verbs and resources that exist', () => {
    // Their flags and sentences run into each other: no more than this can be told.
    const found = Array.from(
      pageOf('docs/runbook.md').matchAll(/kubectl (?:-n \w+ )?([a-z]+) (?:-l \S+|([a-z]+)|NODE)/g),
      ([, verb = '', resource = 'pods']) => [verb, resource],
    );
    expect(found.length).toBeGreaterThan(15);
    for (const words of found) expect(() => readKubectl(words), words.join(' ')).not.toThrow();
  });
});
