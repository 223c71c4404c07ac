import { Command, Option } from 'commander';
import { describe, expect, it } from 'vitest';
import { wantedAt } from './wanted.ts';

const program = new Command('kubectl proxymode');
program
  .command('status [migration]')
  .summary('how far')
  .option('-w, --watch', 'draw it')
  .option('--kubeconfig <path>', 'a file')
  .option('--context <name>', 'one of it')
  .addOption(new Option('-o, --output <format>', 'how').choices(['table', 'json']));
program
  .command('explain <node>')
  .summary('why')
  .option('-m, --migration <name>', 'whose')
  .option('--depth <n>', 'how deep');

const words = (...suggestions: readonly string[]): object => ({
  kind: 'words',
  words: suggestions.map((text) => {
    const [word = '', what = ''] = text.split('|');
    return { word, what };
  }),
});
const FLAGS = ['--watch|draw it', '--kubeconfig|a file', '--context|one of it', '--output|how', '--help|print help'];

describe('after kubectl proxymode', () => {
  it.each<[readonly string[], object]>([
    [[''], words('status|how far', 'explain|why')],
    [['st'], words('status|how far', 'explain|why')],
    [['status', ''], { kind: 'migrations' }],
    [['status', '--watch', ''], { kind: 'migrations' }],
    [['status', 'one', ''], words()],
    [['explain', 'n'], { kind: 'nodes' }],
    [['explain', '-m', ''], { kind: 'migrations' }],
    [['explain', '-m', 'one', ''], { kind: 'nodes' }],
    [['explain', '--depth', ''], words()],
    [['status', '-'], words(...FLAGS)],
    [['status', '--'], words(...FLAGS)],
    [['status', '-o', ''], words('table', 'json')],
    [['status', '--output', 'j'], words('table', 'json')],
    [['status', '--output=j'], words('--output=table', '--output=json')],
    [['status', '--nonsense=j'], words()],
    [['status', '--kubeconfig', ''], { kind: 'files' }],
    [['status', '--kubeconfig=/e'], { kind: 'files' }],
    [['status', '--context', ''], { kind: 'contexts' }],
    [['status', '--context', 'a', '-o', ''], words('table', 'json')],
    [[], words('status|how far', 'explain|why')],
  ])('%j wants', (typed, expected) => {
    expect(wantedAt(program, typed)).toEqual(expected);
  });
});
