import { describe, expect, it } from 'vitest';
import { editConfig } from './config-edit.ts';
import type { ConfigChange } from './config-edit.ts';
import { revertConfig } from './config-revert.ts';
import { configFixtures } from './fixtures/read-fixture.ts';

const HEAD = 'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n';
const ORIGINAL = `${HEAD}mode: iptables\niptables:\n  masqueradeAll: true\n  syncPeriod: 45s\n`;
const CHANGE: ConfigChange = { mode: 'nftables' };

function editedText(text: string, change = CHANGE): string {
  const edit = editConfig(text, change);
  if (edit.kind === 'problem') throw new Error(edit.message);
  return edit.text;
}

function revertedText(current: string, original = ORIGINAL, change = CHANGE): string {
  const edit = revertConfig(current, original, change);
  if (edit.kind === 'problem') throw new Error(edit.message);
  return edit.text;
}

describe('revertConfig', () => {
  it.each(configFixtures())('gives back every byte of %s', (_, original) => {
    for (const mode of ['iptables', 'ipvs', 'nftables'] as const) {
      expect(revertConfig(editedText(original, { mode }), original, { mode })).toMatchObject({
        kind: 'edit',
        text: original,
      });
    }
  });

  it('says what it takes back, last change first', () => {
    expect(revertConfig(editedText(ORIGINAL), ORIGINAL, CHANGE)).toMatchObject({
      changes: [
        { path: 'nftables.syncPeriod', from: '45s', to: '' },
        { path: 'nftables.masqueradeAll', from: 'true', to: '' },
        { path: 'mode', from: 'nftables', to: 'iptables' },
      ],
    });
  });

  it('finds nothing to do in the original', () => {
    expect(revertConfig(ORIGINAL, ORIGINAL, CHANGE)).toEqual({ kind: 'edit', text: ORIGINAL, changes: [] });
  });

  it('keeps what somebody else wrote meanwhile', () => {
    const current = editedText(ORIGINAL)
      .replace('syncPeriod: 45s\nnftables', 'syncPeriod: 50s # slower\nnftables')
      .concat('clusterCIDR: 10.244.0.0/16\n');
    expect(revertedText(current)).toBe(
      `${HEAD}mode: iptables\niptables:\n  masqueradeAll: true\n  syncPeriod: 50s # slower\nclusterCIDR: 10.244.0.0/16\n`,
    );
  });

  it('keeps a carried-over field that somebody gave a third value', () => {
    const current = editedText(ORIGINAL).replace(
      'nftables:\n  masqueradeAll: true\n  syncPeriod: 45s',
      'nftables:\n  masqueradeAll: true\n  syncPeriod: 5s',
    );
    expect(revertedText(current)).toBe(`${ORIGINAL}nftables:\n  syncPeriod: 5s\n`);
  });

  it('keeps a section the migration had added when somebody else uses it now', () => {
    const current = `${editedText(ORIGINAL)}  minSyncPeriod: 2s\n`;
    expect(revertedText(current)).toBe(`${ORIGINAL}nftables:\n  minSyncPeriod: 2s\n`);
  });

  it('takes the fields back in a text that was written anew, as JSON', () => {
    const current = JSON.stringify({
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: 'nftables',
      iptables: { masqueradeAll: true, syncPeriod: '45s' },
      nftables: { masqueradeAll: true, syncPeriod: '45s' },
    });
    expect(JSON.parse(revertedText(current))).toEqual({
      apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
      kind: 'KubeProxyConfiguration',
      mode: 'iptables',
      iptables: { masqueradeAll: true, syncPeriod: '45s' },
    });
  });

  it.each([
    ['an absent mode', HEAD, `# note\n${HEAD}`],
    ['an empty mode', `${HEAD}mode:\n`, `# note\n${HEAD}mode:\n`],
    ['an empty mode with a comment', `${HEAD}mode: # none\n`, `# note\n${HEAD}mode: # none\n`],
    ['a first line', `mode: iptables\n${HEAD}`, `# note\nmode: iptables\n${HEAD}`],
    [
      'a null section',
      `${HEAD}iptables: {masqueradeAll: true}\nnftables: null\n`,
      `# note\n${HEAD}iptables: {masqueradeAll: true}\nnftables: {}\n`,
    ],
    [
      'an empty section',
      `${HEAD}iptables: {masqueradeAll: true}\nnftables:\n`,
      `# note\n${HEAD}iptables: {masqueradeAll: true}\nnftables:\n`,
    ],
  ])('gives %s back when another line was added', (_, original, expected) => {
    const change: ConfigChange = { mode: 'nftables' };
    expect(revertedText(`# note\n${editedText(original, change)}`, original, change)).toBe(expected);
  });

  it('gives lists back', () => {
    const original = `${HEAD}mode: ipvs\nnodePortAddresses:\n- 10.0.0.0/8\n- 11.0.0.0/8\nconntrack: {}\n`;
    for (const nodePortAddresses of [['primary'], [], ['a', 'b', 'c']]) {
      const change: ConfigChange = { mode: 'nftables', config: { nodePortAddresses } };
      const text = revertedText(`${editedText(original, change)}# note\n`, original, change);
      expect(text.replaceAll(/["[\],]/g, '')).toContain('10.0.0.0/8');
      expect(text.endsWith('# note\n')).toBe(true);
    }
  });

  it('refuses when somebody else chose a third mode', () => {
    const current = editedText(ORIGINAL).replace('mode: nftables', 'mode: ipvs');
    expect(revertConfig(current, ORIGINAL, CHANGE)).toEqual({
      kind: 'problem',
      message:
        'The configuration\'s mode was changed to "ipvs" by somebody else during the migration. Set it to the mode the nodes shall run.',
      line: 3,
    });
  });

  it('refuses a text that does not parse any more', () => {
    expect(revertConfig('a: [', ORIGINAL, CHANGE)).toMatchObject({ kind: 'problem', line: 1 });
  });
});
