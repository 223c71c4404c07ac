import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editConfig } from './config-edit.ts';
import { readConfig } from './config-read.ts';
import { revertConfig } from './config-revert.ts';
import { configFixtures } from './fixtures/read-fixture.ts';

const HEAD = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n';

describe('readConfig', () => {
  it('reads what each distribution writes', () => {
    const read = Object.fromEntries(configFixtures().map(([name, text]) => [name, readConfig(text)]));
    const plain = { kind: 'config', mode: '', metricsHost: '127.0.0.1', metricsPort: 10249, featureGates: {} };
    expect(read).toEqual({
      'compact.json': plain,
      'eks.yaml': { ...plain, mode: 'iptables', metricsHost: '0.0.0.0' },
      'hand-written.yaml': { ...plain, mode: 'ipvs', metricsHost: '::1', metricsPort: 10349 },
      'k0s.yaml': { ...plain, mode: 'iptables', metricsHost: '0.0.0.0' },
      'kind.conf': { ...plain, mode: 'iptables' },
      'kubeadm-1.24.conf': plain,
      'kubeadm-1.36.conf': plain,
      'kubespray.conf': { ...plain, mode: 'ipvs' },
      'pretty.json': { ...plain, mode: 'iptables', featureGates: { NFTablesProxyMode: true } },
    });
  });

  it.each([
    ['127.0.0.1:9999', '127.0.0.1', 9999],
    ['"[::1]:9999"', '::1', 9999],
    ['"[::1]"', '::1', 10249],
    ['"::1"', '::1', 10249],
    ['":9999"', '', 9999],
    ['0.0.0.0', '0.0.0.0', 10249],
    ['""', '127.0.0.1', 10249],
    ['null', '127.0.0.1', 10249],
  ])('takes metricsBindAddress %s apart', (written, host, port) => {
    expect(readConfig(`${HEAD}metricsBindAddress: ${written}\n`)).toMatchObject({
      metricsHost: host,
      metricsPort: port,
    });
  });

  it('listens on the IPv6 loopback when bindAddress is IPv6 and the metrics address is unset', () => {
    expect(readConfig(`${HEAD}bindAddress: "::"\n`)).toMatchObject({ metricsHost: '::1', metricsPort: 10249 });
  });

  it('returns the mode as written, also one that does not exist', () => {
    expect(readConfig(`${HEAD}mode: nftable\n`)).toMatchObject({ mode: 'nftable' });
  });
});

describe('a configuration that cannot be read', () => {
  it.each([
    ['nothing', '', undefined, 'is empty'],
    ['comments only', '# nothing\n', undefined, 'is empty'],
    ['text', 'hello\n', 1, 'not a mapping'],
    ['a list', '- a\n', 1, 'not a mapping'],
    ['a kubeconfig', 'apiVersion: v1\nkind: Config\n', 2, 'kind "Config"'],
    [
      'a later API version',
      'apiVersion: kubeproxy.config.k8s.io/v1alpha2\nkind: KubeProxyConfiguration\n',
      1,
      'v1alpha2',
    ],
    ['no kind', 'mode: ipvs\n', undefined, 'kind (none)'],
    ['a syntax error', `${HEAD}mode: "ipvs\n`, 4, 'line 4'],
    ['a mode indented by accident', `${HEAD}nodePortAddresses: null\n  mode: ipvs\n`, 3, 'line 3'],
    ['a mode inside a section', `${HEAD}iptables:\n  masqueradeAll: false\n  mode: ipvs\n`, 5, '`iptables.mode`'],
    ['a mode in capitals', `${HEAD}Mode: ipvs\n`, 3, '`Mode`'],
    ['a mode that is a number', `${HEAD}mode: 5\n`, 3, 'not a string'],
    ['a mode that is a mapping', `${HEAD}mode: {}\n`, 3, 'not a string'],
    ['a mode that is a block of text', `${HEAD}mode: |\n  ipvs\n`, 3, 'on one line'],
    ['tabs', `${HEAD}iptables:\n\tmasqueradeAll: true\n`, 4, 'Tabs'],
    ['a key twice', `${HEAD}mode: ipvs\nmode: iptables\n`, 4, 'repeats the key "mode"'],
    ['a key twice in a section', `${HEAD}ipvs: {scheduler: rr, scheduler: sh}\n`, 3, 'repeats the key "scheduler"'],
    ['two documents', `${HEAD}---\n${HEAD}`, 3, 'more than one YAML document'],
    ['keys that are keys', `${HEAD}${'? '.repeat(400)}a\n`, 3, 'a mapping or a list for a key'],
    ['an alias', `${HEAD}iptables: &s {syncPeriod: 1s}\nnftables: *s\n`, 4, 'alias'],
    ['a merge key', `${HEAD}nftables:\n  <<: {syncPeriod: 1s}\n`, 4, 'merge key'],
    ['a metrics address that is none', `${HEAD}metricsBindAddress: x:y:z\n`, 3, 'metricsBindAddress'],
    ['a metrics port out of range', `${HEAD}metricsBindAddress: 127.0.0.1:70000\n`, 3, 'metricsBindAddress'],
    ['too much text', `${HEAD}#${'x'.repeat(70_000)}`, undefined, '65536'],
  ])('is a problem with a line: %s', (_, text, line, words) => {
    const read = readConfig(text);
    expect(read).toMatchObject({ kind: 'problem', message: expect.stringContaining(words) as string });
    expect(read.kind === 'problem' ? read.line : undefined).toBe(line);
  });

  it('is accepted with a comment, an end mark or an empty document behind it', () => {
    expect(readConfig(`# one\n---\n${HEAD}mode: ipvs\n...\n# two\n---\n`)).toMatchObject({ mode: 'ipvs' });
  });

  const bomb = [
    'a: &a [x, x, x, x, x, x, x, x, x]',
    ...'bcdefghi'.split('').map((name, index) => `${name}: &${name} [${`*${'abcdefghi'[index]}, `.repeat(9)}]`),
  ];
  it.each([
    ['a bomb of aliases', `${HEAD}${bomb.join('\n')}\n`],
    ['brackets without end', '['.repeat(65_000)],
    ['braces without end', '{a: '.repeat(16_000)],
    ['dashes without end', '- '.repeat(32_000)],
    ['questions without end', '? '.repeat(32_000)],
    ['quotes without end', '"'.repeat(65_000)],
    ['commas', `[${','.repeat(65_000)}]`],
    ['thousands of keys', Array.from({ length: 6_000 }, (_, index) => `k${index}: 1`).join('\n')],
    ['thousands of anchors', '&a '.repeat(20_000)],
    ['line breaks', '\n'.repeat(65_000)],
    ['control characters', '\u0000\u0001\u0007\u2028\uFFFF'],
    ['a prototype', `${HEAD}__proto__: {mode: ipvs}\nconstructor: 1\n`],
  ])('does not hurt: %s', (_, text) => {
    expect(['config', 'problem']).toContain(readConfig(text).kind);
  });

  it('never makes reading, editing or reverting throw, whatever the text', () => {
    const pieces = fc.constantFrom(
      'mode',
      ':',
      ' ',
      '\n',
      '\t',
      '-',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '&a',
      '*a',
      '|',
      '>',
      '#',
      '? ',
      '!!x',
      '---',
      '%',
      'ipvs',
      ',',
      '\r',
      '<<',
      HEAD,
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
      fc.array(pieces, { maxLength: 40 }).map((parts) => HEAD + parts.join('')),
    );
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(['config', 'problem']).toContain(readConfig(one).kind);
        expect(['edit', 'problem']).toContain(
          editConfig(one, { mode: 'nftables', config: { nftables: { masqueradeBit: 3 } } }).kind,
        );
        expect(['edit', 'problem']).toContain(revertConfig(one, other, { mode: 'nftables' }).kind);
      }),
      { numRuns: 300 },
    );
  });
});
