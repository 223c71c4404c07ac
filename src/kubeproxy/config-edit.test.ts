import { describe, expect, it } from 'vitest';
import { diffText } from './config-diff.ts';
import { editConfig } from './config-edit.ts';
import type { ConfigChange, Edit } from './config-edit.ts';
import { configFixtures, readFixture } from './fixtures/read-fixture.ts';

const HEAD = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n';

function edited(text: string, change: ConfigChange): Edit {
  const edit = editConfig(text, change);
  if (edit.kind === 'problem') throw new Error(edit.message);
  return edit;
}

/** The lines that are only on one side, with a sign. */
function changedLines(before: string, after: string): readonly string[] {
  return diffText(before, after, 'x')
    .split('\n')
    .filter((line) => /^[+-](?!-- |\+\+ )/.test(line));
}

describe('editConfig on the shapes of real distributions', () => {
  it.each([
    ['kubeadm-1.24.conf', 'ipvs', ['-mode: ""', '+mode: "ipvs"']],
    ['kubeadm-1.36.conf', 'nftables', ['-mode: ""', '+mode: "nftables"']],
    ['kind.conf', 'nftables', ['-mode: iptables', '+mode: nftables']],
    ['kubespray.conf', 'nftables', ['-mode: ipvs', '+mode: nftables']],
    ['kubespray.conf', 'iptables', ['-mode: ipvs', '+mode: iptables']],
    ['eks.yaml', 'nftables', ['-mode: "iptables"', '+mode: "nftables"']],
    ['k0s.yaml', 'nftables', ['-mode: "iptables"', '+mode: "nftables"']],
  ] as const)('changes only the mode of %s to %s', (name, mode, lines) => {
    const text = readFixture(`config/${name}`);
    expect(changedLines(text, edited(text, { mode }).text)).toEqual(lines);
  });

  it('carries what ipvs mode read from the iptables section, and its sync period, over to nftables', () => {
    const text = readFixture('config/hand-written.yaml');
    const edit = edited(text, { mode: 'nftables' });
    expect(changedLines(text, edit.text)).toEqual([
      "-mode: 'ipvs'            # <- here",
      "+mode: 'nftables'            # <- here",
      '+nftables:',
      '+    masqueradeAll: true',
      '+    masqueradeBit: 15',
      '+    syncPeriod: 1m0s',
    ]);
    expect(edit.changes.map(({ path, from, to }) => [path, from, to])).toEqual([
      ['mode', "'ipvs'", "'nftables'"],
      ['nftables.masqueradeAll', '', 'true'],
      ['nftables.masqueradeBit', '', '15'],
      ['nftables.syncPeriod', '', '1m0s'],
    ]);
  });

  it('writes JSON into JSON, compact or not', () => {
    expect(edited(readFixture('config/compact.json'), { mode: 'nftables' }).text).toBe(
      '{"apiVersion":"kubeproxy.config.k8s.io/v1alpha1","kind":"KubeProxyConfiguration","clusterCIDR":"10.244.0.0/16","iptables":{"masqueradeAll":true,"masqueradeBit":15},"mode":"nftables","nftables":{"masqueradeAll": true, "masqueradeBit": 15}}\n',
    );
    const pretty = edited(readFixture('config/pretty.json'), { mode: 'nftables' }).text;
    expect(JSON.parse(pretty)).toMatchObject({
      mode: 'nftables',
      nftables: { masqueradeAll: true, minSyncPeriod: '10s' },
    });
    expect(pretty).toContain('  },\n  "nftables": {"masqueradeAll": true, "minSyncPeriod": "10s"}\n}\n');
  });

  it('changes nothing in a configuration that says all of it already', () => {
    for (const [, text] of configFixtures()) {
      for (const mode of ['iptables', 'ipvs', 'nftables'] as const) {
        const once = edited(text, { mode });
        expect(edited(once.text, { mode })).toEqual({ kind: 'edit', text: once.text, changes: [] });
      }
    }
  });
});

describe('editConfig and coupled fields', () => {
  it.each([
    [
      'iptables: {masqueradeAll: true}',
      'iptables',
      'nftables',
      'iptables: {masqueradeAll: true}\nnftables:\n  masqueradeAll: true',
    ],
    [
      'nftables: {masqueradeBit: 9}',
      'nftables',
      'iptables',
      'nftables: {masqueradeBit: 9}\niptables:\n  masqueradeBit: 9',
    ],
    ['nftables: {masqueradeBit: 9}', 'nftables', 'ipvs', 'nftables: {masqueradeBit: 9}\niptables:\n  masqueradeBit: 9'],
    ['iptables: {syncPeriod: 45s}', 'iptables', 'ipvs', 'iptables: {syncPeriod: 45s}\nipvs:\n  syncPeriod: 45s'],
    ['iptables: {masqueradeAll: true}', 'iptables', 'ipvs', 'iptables: {masqueradeAll: true}'],
    [
      'iptables: {masqueradeAll: false, masqueradeBit: 14, syncPeriod: 30s, minSyncPeriod: 1s}',
      'iptables',
      'nftables',
      undefined,
    ],
    [
      'iptables: {masqueradeBit: 0}',
      'iptables',
      'nftables',
      'iptables: {masqueradeBit: 0}\nnftables:\n  masqueradeBit: 0',
    ],
    ['iptables: {masqueradeBit: 3}\nnftables: {masqueradeBit: 0}', 'iptables', 'nftables', undefined],
    [
      'iptables: {syncPeriod: 45s}\nnftables: {syncPeriod: 0s}',
      'iptables',
      'nftables',
      'iptables: {syncPeriod: 45s}\nnftables: {syncPeriod: 45s}',
    ],
    [
      'iptables: {syncPeriod: 45s}\nnftables:',
      'iptables',
      'nftables',
      'iptables: {syncPeriod: 45s}\nnftables:\n  syncPeriod: 45s',
    ],
    [
      'iptables: {syncPeriod: 45s}\nnftables: null # none',
      'iptables',
      'nftables',
      'iptables: {syncPeriod: 45s}\nnftables: {syncPeriod: 45s} # none',
    ],
    [
      'iptables: {masqueradeAll: yes}',
      'iptables',
      'nftables',
      'iptables: {masqueradeAll: yes}\nnftables:\n  masqueradeAll: true',
    ],
  ] as const)('%j from %s to %s', (rest, from, to, expected) => {
    const edit = edited(`${HEAD}mode: ${from}\n${rest}\n`, { mode: to });
    expect(edit.text).toBe(`${HEAD}mode: ${to}\n${expected ?? rest}\n`);
  });

  it('takes an unset mode for what it means to these kube-proxies', () => {
    const text = `${HEAD}mode: ""\nnftables:\n  masqueradeBit: 9\n`;
    expect(edited(text, { mode: 'iptables' }).changes).toHaveLength(1);
    expect(edited(text, { mode: 'iptables', unsetMode: 'nftables' }).text).toBe(
      `${HEAD}mode: "iptables"\nnftables:\n  masqueradeBit: 9\niptables:\n  masqueradeBit: 9\n`,
    );
  });

  it('lets spec.config win over what would be carried over', () => {
    const text = `${HEAD}mode: iptables\niptables:\n  masqueradeBit: 3\n`;
    const edit = edited(text, { mode: 'nftables', config: { nftables: { masqueradeBit: 5, masqueradeAll: true } } });
    expect(edit.text).toBe(
      `${HEAD}mode: nftables\niptables:\n  masqueradeBit: 3\nnftables:\n  masqueradeBit: 5\n  masqueradeAll: true\n`,
    );
    expect(edit.changes.at(-1)?.why).toBe('Given in spec.config.');
  });

  it('merges every field of spec.config, lists as a whole and in the style they had', () => {
    const text = readFixture('config/hand-written.yaml');
    const config: ConfigChange['config'] = {
      ipvs: { scheduler: 'sh', strictARP: false, excludeCIDRs: ['10.97.0.0/16'], minSyncPeriod: '2s' },
      nodePortAddresses: ['primary', '::/0'],
      conntrack: { tcpBeLiberal: true },
    };
    expect(changedLines(text, edited(text, { mode: 'ipvs', config }).text)).toEqual([
      '-    scheduler: "wrr"',
      '-    strictARP: true',
      '+    scheduler: "sh"',
      '+    strictARP: false',
      '-        - 10.99.0.0/16   # keepalived',
      '-        - 10.98.0.0/16',
      '+        - "10.97.0.0/16"',
      '+    minSyncPeriod: 2s',
      '-- 10.0.0.0/8    # the office',
      '-- 192.168.0.0/16',
      '+- "primary"',
      '+- "::/0"',
      '+conntrack:',
      '+    tcpBeLiberal: true',
    ]);
  });
});

describe('editConfig on the ways of writing YAML', () => {
  it.each([
    ['adds a missing mode', 'clusterCIDR: x\n', 'clusterCIDR: x\nmode: ipvs\n'],
    ['adds it without a final line break', 'clusterCIDR: x', 'clusterCIDR: x\nmode: ipvs'],
    [
      'adds it behind a block of text',
      'hostnameOverride: |\n  a\n  b\n',
      'hostnameOverride: |\n  a\n  b\nmode: ipvs\n',
    ],
    ['adds it before closing comments', 'clusterCIDR: x # c\n\n# end\n', 'clusterCIDR: x # c\nmode: ipvs\n\n# end\n'],
    ['adds it before the end of the document', 'clusterCIDR: x\n...\n', 'clusterCIDR: x\nmode: ipvs\n...\n'],
    ['keeps single quotes', "mode: 'iptables'\n", "mode: 'ipvs'\n"],
    ['fills an empty value', 'mode: # none yet\nclusterCIDR: x\n', 'mode: ipvs # none yet\nclusterCIDR: x\n'],
    ['fills an empty value at the end', 'mode:', 'mode: ipvs'],
    ['replaces null', 'mode: ~\n', 'mode: ipvs\n'],
    ['keeps a tag', 'mode: !!str iptables\n', 'mode: !!str ipvs\n'],
    ['keeps an explicit key', '? mode\n: iptables\n', '? mode\n: ipvs\n'],
    ['keeps a space before the colon', 'mode : iptables\n', 'mode : ipvs\n'],
  ])('%s', (_, rest, expected) => {
    expect(edited(HEAD + rest, { mode: 'ipvs' }).text).toBe(HEAD + expected);
  });

  it('keeps a byte order mark and CRLF line breaks, also in what it adds', () => {
    const text = `\uFEFF${HEAD}iptables:\n  masqueradeAll: true\n`.replaceAll('\n', '\r\n');
    const expected =
      `\uFEFF${HEAD}iptables:\n  masqueradeAll: true\nmode: nftables\nnftables:\n  masqueradeAll: true\n`.replaceAll(
        '\n',
        '\r\n',
      );
    expect(edited(text, { mode: 'nftables' }).text).toBe(expected);
  });

  it('refuses a section that is no mapping, and a configuration for Windows', () => {
    expect(
      editConfig(`${HEAD}mode: iptables\niptables: {masqueradeAll: true}\nnftables: 5\n`, { mode: 'nftables' }),
    ).toEqual({
      kind: 'problem',
      message: "The configuration's `nftables` is not a mapping of fields; `nftables.masqueradeAll` cannot be set.",
    });
    expect(editConfig(`${HEAD}mode: kernelspace\n`, { mode: 'nftables' }).kind).toBe('problem');
  });

  it('refuses text in which a splice would mean something else', () => {
    expect(editConfig(`${HEAD}mode: &anchor\n`, { mode: 'nftables' })).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('without risk') as string,
    });
  });
});
