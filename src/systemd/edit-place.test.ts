import { describe, expect, it } from 'vitest';
import { readFixture } from '../kubeproxy/fixtures/read-fixture.ts';
import { withOptions } from '../kubeproxy/fixtures/units.ts';
import { editPlace, revertPlace } from './edit-place.ts';
import { configPlace, optionsPlace } from './testing/place.ts';

const OPTIONS = '# flags only\nKUBE_PROXY_OPTS="--proxy-mode=ipvs"\n';
const places = [
  ['a configuration file', configPlace('/etc/kube-proxy.yml'), readFixture('config/hand-written.yaml')],
  ['an options file', optionsPlace('/etc/kube-proxy.conf', withOptions(OPTIONS)), OPTIONS],
] as const;

describe.each(places)('%s', (_what, place, original) => {
  it('is given a mode and taken back byte for byte', () => {
    const edit = editPlace(place, original, { mode: 'nftables' });
    if (edit.kind === 'problem') throw new Error(edit.message);
    expect(edit.text).not.toBe(original);
    expect(edit.text).toContain('nftables');
    const back = revertPlace(place, { text: edit.text, original }, { mode: 'nftables' });
    expect(back).toMatchObject({ kind: 'edit', text: original });
  });
});

describe('editPlace', () => {
  it('refuses spec.config where there are flags only', () => {
    const place = optionsPlace('/etc/kube-proxy.conf', withOptions(OPTIONS));
    const change = { mode: 'nftables', config: { nodePortAddresses: ['primary'] } } as const;
    expect(editPlace(place, OPTIONS, { ...change, config: { nodePortAddresses: ['primary'] } })).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('flags only'),
    });
    expect(editPlace(place, OPTIONS, { mode: 'nftables', config: {} })).toMatchObject({ kind: 'edit' });
  });
});
