import { describe, expect, it } from 'vitest';
import { known } from '../preflight/known.ts';
import { configOf, seenUnit } from './testing/units.ts';
import { wordsOf } from './unit-door.ts';
import type { UnitLook } from './unit-watch.ts';

function unit(...words: readonly string[]): UnitLook {
  const seen = seenUnit(configOf('iptables'));
  const voidFlags = words.filter((word) => word.startsWith('--proxy-mode'));
  return { seen: { ...seen, place: { ...seen.place, words, voidFlags } }, problem: undefined, answers: true, since: 0 };
}

function found(looks: Readonly<Record<string, UnitLook | undefined>>): ReturnType<typeof wordsOf> {
  return wordsOf({ look: (node) => looks[node] }, Object.keys(looks));
}

describe('the command line that rules look at', () => {
  const plain = ['/usr/bin/kube-proxy', '--config=/etc/kube-proxy.yml'];
  const misled = [...plain, '--proxy-mode=ipvs'];

  it('is that of the first node, by name', () => {
    expect(found({ n2: unit('kube-proxy', '--v=2'), n1: unit(...plain) })).toEqual(known(plain));
  });

  it('is one with flags that mean nothing, where there is one', () => {
    expect(found({ n1: unit(...plain), n2: undefined, n3: unit(...misled) })).toEqual(known(misled));
  });

  it('is not known before a unit was read', () => {
    expect(found({ n1: undefined })).toMatchObject({ known: false });
  });
});
