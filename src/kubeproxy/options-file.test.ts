import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PROXY_MODES } from '../api/fields.ts';
import type { ProxyMode } from '../api/fields.ts';
import { unitTexts, withOptions } from './fixtures/units.ts';
import { beforeOptions, editOptions, optionsFile, optionsMode, revertOptions } from './options-file.ts';
import { textOf } from './systemd-words.ts';
import { unitCommand } from './unit-command.ts';
import type { UnitTexts } from './unit-command.ts';

const FILE = '/etc/kube-proxy.conf';

function edited(texts: UnitTexts, mode: ProxyMode): string {
  const edit = editOptions(texts, mode);
  if (edit.kind === 'problem') throw new Error(edit.message);
  return edit.text;
}

function args(texts: UnitTexts): readonly string[] {
  const command = unitCommand(texts);
  if (command.kind === 'problem') throw new Error(command.message);
  return command.args.map(textOf);
}

const withText = (texts: UnitTexts, file: string, text: string): UnitTexts => ({
  ...texts,
  files: new Map(texts.files).set(file, text),
});

describe('editOptions', () => {
  it('changes the flag of an installation from binaries and nothing else', () => {
    const texts = unitTexts('flags-only');
    const file = '/opt/kubernetes/cfg/kube-proxy.conf';
    const before = texts.files.get(file) ?? '';
    expect(optionsFile(texts)).toEqual({ kind: 'options', file });
    expect(editOptions(texts, 'nftables')).toEqual({
      kind: 'edit',
      text: before.replace('--proxy-mode=ipvs', '--proxy-mode=nftables'),
      changes: [{ path: '--proxy-mode', from: 'ipvs', to: 'nftables', why: 'The target mode.' }],
    });
  });

  it('adds the flag to kube-proxy’s own options where CentOS leaves them empty', () => {
    const texts = unitTexts('centos');
    expect(optionsFile(texts)).toEqual({ kind: 'options', file: '/etc/kubernetes/proxy' });
    const before = texts.files.get('/etc/kubernetes/proxy') ?? '';
    expect(edited(texts, 'ipvs')).toBe(before.replace('ARGS=""', 'ARGS="--proxy-mode=ipvs"'));
  });

  it.each([
    [
      'the last of several, which counts',
      'X="--proxy-mode=iptables --proxy-mode=ipvs"',
      'X="--proxy-mode=iptables --proxy-mode=nftables"',
    ],
    ['a value in a word of its own', "X='--proxy-mode ipvs --v=2'", "X='--proxy-mode nftables --v=2'"],
    ['underscores', 'X=--proxy_mode=ipvs', 'X=--proxy_mode=nftables'],
    ['a value in quotes inside quotes', `X="--proxy-mode='ipvs'"`, `X="--proxy-mode='nftables'"`],
    ['a flag without a value', 'X="--proxy-mode= --v=2"', 'X="--proxy-mode=nftables --v=2"'],
    [
      'a continuation line',
      'X="--v=2 \\\n  --proxy-mode=ipvs \\\n  --a"',
      'X="--v=2 \\\n  --proxy-mode=nftables \\\n  --a"',
    ],
    ['Windows line ends', 'X="--proxy-mode=ipvs"\r\n# end\r\n', 'X="--proxy-mode=nftables"\r\n# end\r\n'],
    ['no flag, plain value', 'X=--v=2  \n', 'X=--v=2 --proxy-mode=nftables  \n'],
    ['no flag, quoted value', 'X="--v=2" # no comment\n', undefined],
    ['no flag, several pieces', 'X="--v=2" \'--a=b\'\n', 'X="--v=2" \'--a=b --proxy-mode=nftables\'\n'],
    ['no flag, no value', 'X=\n', 'X=--proxy-mode=nftables\n'],
    [
      'a variable set twice, of which the last counts',
      'X="--proxy-mode=ipvs"\nX="--v=2"\n',
      'X="--proxy-mode=ipvs"\nX="--v=2 --proxy-mode=nftables"\n',
    ],
    ['an old mode', 'X=--proxy-mode=userspace', 'X=--proxy-mode=nftables'],
  ])('edits %s', (_what, before, after) => {
    const texts = withOptions(before, '/usr/bin/kube-proxy $X');
    expect(edited(texts, 'nftables')).toBe(after ?? 'X="--v=2" # no comment --proxy-mode=nftables\n');
  });

  it('changes the value of a variable that holds the mode alone', () => {
    const texts = withOptions(
      'MODE=ipvs # never\n'.replace(' # never', ''),
      '/usr/bin/kube-proxy --proxy-mode=${MODE}',
    );
    expect(edited(texts, 'iptables')).toBe('MODE=iptables\n');
  });

  it.each<[string, UnitTexts, RegExp]>([
    [
      'a flag in the unit itself',
      withOptions('', '/usr/bin/kube-proxy --proxy-mode=ipvs'),
      /stands in kube-proxy.service itself/,
    ],
    ['a unit without options', withOptions('', '/usr/bin/kube-proxy --v=2'), /takes no options from a file/],
    ['a mode in pieces', withOptions('X="--proxy-mode=ip\\\nvs"', '/usr/bin/kube-proxy $X'), /in one piece/],
    ['options with an open quote', withOptions(`X="--x='a"`, '/usr/bin/kube-proxy $X'), /without risk/],
    ['a script', withOptions('X=--v=2', '/usr/bin/start-proxy.sh $X'), /not kube-proxy/],
    ['a container', withOptions('X=--v=2', '/usr/bin/docker run k8s/kube-proxy $X'), /in a container/],
  ])('refuses %s, and says what to do', (_what, texts, message) => {
    const result = editOptions(texts, 'nftables');
    expect(result).toEqual({ kind: 'problem', message: expect.stringMatching(message) });
    if (!/without risk|in one piece/.test(message.source)) expect(optionsFile(texts)).toEqual(result);
  });
});

/** Options files of any style, with and without the flag. */
const flag = fc.constantFrom(
  '--v=2',
  '--cluster-cidr=10.0.0.0/8',
  '--masquerade-all',
  "--x='a b'",
  '--kubeconfig=/etc/k',
);
const mode = fc.constantFrom(...PROXY_MODES);
const options = fc
  .record({
    before: fc.array(flag, { maxLength: 4 }),
    mode: fc.option(fc.tuple(fc.constantFrom('=', ' '), mode), { nil: undefined }),
    after: fc.array(flag, { maxLength: 4 }),
    between: fc.constantFrom(' ', '  ', ' \\\n', ' \\\n\t'),
    around: fc.constantFrom(['# options\n\n', '\n'], ['; x\nOTHER="a\\\nb"\n', '   \n# end'], ['', '']),
    style: fc.constantFrom('double', 'plain'),
  })
  .map(({ before, mode: given, after, between, around: [head = '', foot = ''], style }) => {
    const modeFlag = given === undefined ? [] : [`--proxy-mode${given[0]}${given[1]}`];
    const value = [...before, ...modeFlag, ...after].join(between);
    return `${head}KUBE_PROXY_OPTS=${style === 'double' ? `"${value}"` : value}${foot}`;
  });

describe('any options file', () => {
  it('has only the bytes of the one flag changed', () => {
    fc.assert(
      fc.property(options, mode, (before, to) => {
        const texts = withOptions(before);
        const after = edited(texts, to);
        const cut = (text: string): string => text.replace(/ ?--proxy-mode[= ][a-z]+/, '');
        expect(cut(after)).toBe(cut(before));
        const rest = (all: readonly string[]): readonly string[] =>
          all
            .join(' ')
            .replace(/(^| )--proxy-mode[= ][a-z]+/, '')
            .trim()
            .split(' ');
        expect(rest(args(withText(texts, FILE, after)))).toEqual(rest(args(texts)));
        expect(args(withText(texts, FILE, after)).join(' ')).toMatch(new RegExp(`--proxy-mode[= ]${to}( |$)`));
      }),
    );
  });

  it('is not changed by the same edit again', () => {
    fc.assert(
      fc.property(options, mode, (before, to) => {
        const texts = withOptions(before);
        const after = edited(texts, to);
        expect(editOptions(withText(texts, FILE, after), to)).toEqual({ kind: 'edit', text: after, changes: [] });
      }),
    );
  });

  it('comes back byte for byte', () => {
    fc.assert(
      fc.property(options, mode, (original, to) => {
        const texts = withOptions(original);
        const was = optionsMode(texts);
        if (typeof was !== 'string') throw new Error(was.message);
        const after = edited(texts, to);
        if (after !== original) expect(beforeOptions(withText(texts, FILE, after), was)).toContain(original);
      }),
    );
  });
});

describe('beforeOptions', () => {
  it.each([
    ['a flag that was empty', 'A="--v=2 --proxy-mode= --x"\n', ''],
    ['a flag that was not there, in a value that was empty', 'A=""\n', ''],
    ['a flag in two words', "A='--proxy-mode ipvs --v=2'\n", 'ipvs'],
    ['a flag that came twice', 'A="--proxy-mode=iptables --proxy-mode=ipvs"\n', 'ipvs'],
  ])('knows %s', (_, before, was) => {
    const texts = withOptions(before.replace('A=', 'KUBE_PROXY_OPTS='));
    const original = texts.files.get(FILE);
    expect(optionsMode(texts)).toBe(was);
    expect(beforeOptions(withText(texts, FILE, edited(texts, 'nftables')), was)).toContain(original);
  });

  it('knows nothing of a file that takes no options any more', () => {
    expect(beforeOptions({ ...withOptions(''), unit: '' }, 'ipvs')).toEqual([]);
  });
});

describe('revertOptions, after somebody else wrote', () => {
  const change = { mode: 'nftables', unsetMode: 'iptables' } as const;

  it('takes the flag back and leaves the rest', () => {
    const now = 'KUBE_PROXY_OPTS="--proxy-mode=nftables --v=4" \n# louder\n';
    expect(revertOptions(withOptions(now), 'ipvs', change)).toMatchObject({
      kind: 'edit',
      text: 'KUBE_PROXY_OPTS="--proxy-mode=ipvs --v=4" \n# louder\n',
    });
  });

  it('writes the mode that was in force where none was written', () => {
    const now = 'KUBE_PROXY_OPTS="--v=4 --proxy-mode=nftables"\n';
    expect(revertOptions(withOptions(now), '', change)).toMatchObject({
      text: 'KUBE_PROXY_OPTS="--v=4 --proxy-mode=iptables"\n',
    });
  });

  it('does not overrule a third mode', () => {
    const now = 'KUBE_PROXY_OPTS="--v=4 --proxy-mode=iptables"\n';
    expect(revertOptions(withOptions(now), 'ipvs', change)).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('changed to "iptables" by somebody else'),
    });
  });

  it('does not write a mode it would not write otherwise', () => {
    const now = 'KUBE_PROXY_OPTS="--v=4 --proxy-mode=nftables"\n';
    expect(revertOptions(withOptions(now), 'userspace', change)).toMatchObject({ kind: 'problem' });
  });
});
