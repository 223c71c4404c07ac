import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { charsOf, splitWords, textOf } from './systemd-words.ts';
import type { Escapes } from './systemd-words.ts';

function words(text: string, escapes: Escapes): readonly string[] | undefined {
  return splitWords(charsOf(text), escapes)?.map(textOf);
}

const raw = String.raw;

describe('splitWords', () => {
  it.each([
    ['white space of any kind', ' --a\t--b\n --c ', ['--a', '--b', '--c']],
    ['quotes, also in the middle of a word', `--a="x y" '--b c'`, ['--a=x y', '--b c']],
    ['an empty word', `'' ""`, ['', '']],
    ['named escapes', raw`a\sb \"c\" \\`, ['a b', '"c"', '\\']],
    ['numbered escapes', raw`\x2d\x2dv \055\055w \u002dx \U0001F600`, ['--v', '--w', '-x', '😀']],
    ['escapes nobody knows, as they are written', raw`\d \xzz \9`, [raw`\d`, raw`\xzz`, raw`\9`]],
    ['a backslash at the end', 'a \\', ['a', '\\']],
  ])('takes a command line apart: %s', (_what, text, expected) => {
    expect(words(text, 'unit')).toEqual(expected);
  });

  it.each([
    ['white space', '--a  --b', ['--a', '--b']],
    ['quotes', `--a="x y"`, ['--a=x y']],
    ['a backslash, which takes the next character as it is', raw`a\ b \n \"`, ['a b', 'n', '"']],
    ['an open quote, which ends with the text', `"a b`, ['a b']],
    ['nothing', '  ', []],
  ])('takes the value of a variable apart: %s', (_what, text, expected) => {
    expect(words(text, 'variable')).toEqual(expected);
  });

  it('has no words for a command line whose quotes do not close', () => {
    expect(words('a "b', 'unit')).toBeUndefined();
  });

  it('joins what was quoted again', () => {
    const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (all) => {
        const line = all.map((one) => `"${one.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(' ');
        expect(words(line, 'variable')).toEqual(all);
        expect(words(line, 'unit')).toEqual(all);
      }),
    );
  });
});
