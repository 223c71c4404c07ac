import { describe, expect, it } from 'vitest';
import type { UnitFile } from '../api/node-migration.ts';
import { withOptions } from '../kubeproxy/fixtures/units.ts';
import { sha256 } from '../kubeproxy/sha256.ts';
import { configPlace, optionsPlace } from '../systemd/testing/place.ts';
import { configOf, recorded, wish } from './testing/units.ts';
import { fileToRecord, wishedText, type Aim } from './unit-files.ts';

const FILE = '/etc/kube-proxy.yml';
const place = configPlace(FILE);
const before = configOf('iptables');
const after = configOf('ipvs');
const original = recorded(before, FILE);
const byAnother = `${before}bindAddress: 0.0.0.0\n`;

function wished(current: string, aim: Aim, file: Parameters<typeof wish>[1] = original): unknown {
  return wishedText(place, current, wish(aim, file));
}

describe('wishedText', () => {
  it.each([
    ['the original gets the target mode', before, 'target', after],
    ['what is written stays', after, 'target', after],
    ['the original comes back, byte by byte', after, 'original', before],
    ['what is back stays', before, 'original', before],
  ] as const)('%s', (_, current, aim, text) => {
    expect(wished(current, aim)).toEqual({ kind: 'text', text });
  });

  it('does not write over what somebody else has written since', () => {
    expect(wished(byAnother, 'target')).toMatchObject({
      kind: 'problem',
      message: expect.stringContaining('changed by somebody else') as string,
    });
  });

  it('on the way back, takes only its own change out of what somebody else has written', () => {
    expect(wished(`${after}bindAddress: 0.0.0.0\n`, 'original')).toMatchObject({ text: byAnother });
    expect(wished(byAnother, 'original')).toMatchObject({ text: byAnother });
  });

  it('gives a file the old mode where an earlier success has dropped its original', () => {
    const { original: _dropped, ...kept } = original;
    expect(wished(after, 'original', kept)).toMatchObject({ text: before });
  });

  it('changes nothing that is not recorded', () => {
    expect(wishedText(place, before, { ...wish('target', undefined) })).toMatchObject({ kind: 'problem' });
  });
});

describe('of an options file, of which only the mode is kept', () => {
  const SECRET = 'TOKEN=s3cret\n';
  const text = (mode: string): string => `${SECRET}KUBE_PROXY_OPTS="--v=2${mode}"\n`;
  const [unset, old, target] = [text(''), text(' --proxy-mode=iptables'), text(' --proxy-mode=ipvs')];
  const options = optionsPlace('/etc/kube-proxy.conf', withOptions(unset));
  const recordOf = (file: string): UnitFile =>
    fileToRecord(options, { text: file, sha256: sha256(file) }, undefined, { mode: 'ipvs' });

  it.each([
    ['unset', unset],
    ['set', old],
  ])('the record has no line of it, and it comes back byte by byte where the mode was %s', (_, file) => {
    const record = recordOf(file);
    expect(JSON.stringify(record)).not.toMatch(/s3cret|--v=2/);
    for (const current of [file, target])
      for (const [aim, wishedFor] of [
        ['target', target],
        ['original', file],
      ] as const)
        expect(wishedText(options, current, wish(aim, record))).toEqual({ kind: 'text', text: wishedFor });
    expect(fileToRecord(options, { text: target, sha256: sha256(target) }, record, { mode: 'ipvs' })).toBe(record);
  });

  it('is not written over once somebody else has written to it, and gets its mode back all the same', () => {
    const others = `${target}# more\n`;
    const record = recordOf(old);
    expect(wishedText(options, others, wish('target', record))).toMatchObject({ kind: 'problem' });
    expect(wishedText(options, others, wish('original', record))).toEqual({ kind: 'text', text: `${old}# more\n` });
  });

  it('gets the old mode where an earlier success has dropped what was kept', () => {
    const { proxyMode: _dropped, ...kept } = recordOf(unset);
    expect(wishedText(options, target, wish('original', kept))).toEqual({ kind: 'text', text: old });
  });
});

describe('fileToRecord', () => {
  const file = (text: string) => ({ text, sha256: recorded(text, FILE).sha256 });

  it('is the file as it is', () => {
    expect(fileToRecord(place, file(before), undefined, { mode: 'ipvs' })).toEqual(original);
    expect(fileToRecord(place, file(byAnother), original, { mode: 'ipvs' })).toEqual(recorded(byAnother, FILE));
  });

  it('is what an earlier attempt has recorded while the file is what that attempt made of it', () => {
    expect(fileToRecord(place, file(after), original, { mode: 'ipvs' })).toBe(original);
  });

  it('is not what was recorded of another file', () => {
    const other = { ...original, file: '/etc/other.yml' };
    expect(fileToRecord(place, file(after), other, { mode: 'ipvs' })).toEqual(recorded(after, FILE));
  });
});
