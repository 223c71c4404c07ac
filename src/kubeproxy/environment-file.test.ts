import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEnvironmentFile } from './environment-file.ts';
import type { Assignment } from './environment-file.ts';
import { textOf } from './systemd-words.ts';

function parsed(text: string): readonly Assignment[] {
  const result = parseEnvironmentFile(text, '/etc/kube-proxy.conf');
  if ('kind' in result) throw new Error(result.message);
  return result;
}

function values(text: string): readonly (readonly [string, string])[] {
  return parsed(text).map(({ name, value }) => [name, textOf(value)] as const);
}

const raw = String.raw;

describe('parseEnvironmentFile', () => {
  // Each was given to systemd 252 (environment.d, the same parser), which read the same.
  it.each([
    ['a plain value', 'X=--v=2', '--v=2'],
    ['white space around a plain value', 'X =  --a  --b \t\n', '--a  --b'],
    ['double quotes', 'X="--a --b"', '--a --b'],
    ['single quotes', 'X=\'--a \\ "b"\'', '--a \\ "b"'],
    ['quoted pieces, which are joined', `X="a" 'b'  "c"`, 'abc'],
    ['a quoted and a plain piece', 'X="a"b "c"', 'ab "c"'],
    ['a continuation line in quotes', 'X="--a \\\n--b"', '--a --b'],
    ['a continuation line without quotes', 'X=--a \\\n  --b', '--a   --b'],
    ['a line break in quotes', 'X="--a\n--b"', '--a\n--b'],
    ['an escaped quote', raw`X="a\"b"`, 'a"b'],
    ['a needless backslash in double quotes', raw`X="a\b"`, raw`a\b`],
    ['a backslash without quotes', raw`X=a\b`, 'ab'],
    ['escaped white space at the end', 'X=a\\ ', 'a '],
    ['a `#` in a value', 'X=a # b', 'a # b'],
    ['an equals sign in a value', 'X=--a=b', '--a=b'],
    ['quotes that do not close', 'X="--a\nY=b\n', '--a\nY=b\n'],
    ['Windows line ends', 'X=--a\r\nY=b\r\n', '--a'],
  ])('reads %s', (_what, text, value) => {
    expect(values(text)[0]).toEqual(['X', value]);
  });

  it('passes over comments, empty lines, lines without a value, and names that are none', () => {
    expect(values('# A=1\n; B=2\n\n  # C=3\nnonsense\nexport D=4\n=E=5\n2F=6\nG=7\n')).toEqual([['G', '7']]);
  });

  it('keeps a name that comes twice, in order', () => {
    expect(values('A=1\nB=2\nA=3')).toEqual([
      ['A', '1'],
      ['B', '2'],
      ['A', '3'],
    ]);
  });

  it('refuses a comment of which it depends on systemd’s version where it ends', () => {
    expect(parseEnvironmentFile('A=1\n# --b \\\nC=3\n', '/etc/x')).toEqual({
      kind: 'problem',
      message:
        '/etc/x, line 2: a comment that ends with a backslash hides the next line from systemd up to 253, but not from 254 on. Remove the backslash.',
      line: 2,
    });
  });

  it('refuses a file that is no options file for its size', () => {
    expect(parseEnvironmentFile('A'.repeat(300_000), '/etc/x')).toMatchObject({ kind: 'problem' });
  });

  it('knows where each character of a value stands, and where one more would belong to it', () => {
    const lines = fc.array(
      fc.constantFrom('A="x y"', "A='x'", 'A=x y  ', 'A=""', 'A=', 'A="x \\\ny"', '# c', 'A="x" "y"', ''),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(lines, (all) => {
        const text = all.join('\n');
        for (const [index, { value, end }] of parsed(text).entries()) {
          expect(value.map(({ at }) => text.charAt(at))).toEqual(value.map(({ char }) => char));
          const longer = `${text.slice(0, end)}!${text.slice(end)}`;
          expect(values(longer)[index]?.[1]).toBe(`${textOf(value)}!`);
        }
      }),
    );
  });

  it('never throws, and never takes long', () => {
    const piece = fc.constantFrom('a', ' ', '"', "'", '\\', '\n', '\r', '#', '=', 'X=', '$', '\u0000', 'é');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const result = parseEnvironmentFile(pieces.join(''), 'f');
        expect('kind' in result || Array.isArray(result)).toBe(true);
      }),
    );
  });
});
