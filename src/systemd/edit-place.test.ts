import { describe, expect, it } from 'vitest';
import { readFixture } from '../kubeproxy/fixtures/read-fixture.ts';
import { withOptions } from '../kubeproxy/fixtures/units.ts';
import { editPlace, keptOf, originalOf, revertPlace } from './edit-place.ts';
import { sha256 } from '../kubeproxy/sha256.ts';
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
    const recorded = { unit: place.unit, file: place.file, sha256: sha256(original), ...keptOf(place, original) };
    expect(originalOf(place, edit.text, recorded)).toBe(original);
    expect(originalOf(place, original, recorded)).toBe(original);
  });
});

describe('what is recorded of an options file', () => {
  const secret = `${OPTIONS}HTTPS_PROXY=http://me:s3cret@proxy:3128\n`;
  const place = optionsPlace('/etc/kube-proxy.conf', withOptions(secret));

  it('is its mode and its checksum, not a line of it', () => {
    expect(keptOf(place, secret)).toEqual({ proxyMode: 'ipvs' });
  });

  it('does not tell what it was once somebody else has written to it; then the flag alone goes back', () => {
    const recorded = { unit: place.unit, file: place.file, sha256: sha256(secret), proxyMode: 'ipvs' };
    const now = `${secret.replace('ipvs', 'nftables')}# more\n`;
    expect(originalOf(place, now, recorded)).toBeUndefined();
    expect(revertPlace(place, now, recorded, { mode: 'nftables' })).toMatchObject({ text: `${secret}# more\n` });
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
