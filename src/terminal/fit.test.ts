import fc from 'fast-check';
import { expect, it } from 'vitest';
import { clean, cut, fit, wrap } from './fit.ts';

it.each<[string, number, string]>([
  ['nftables', 8, 'nftables'],
  ['nftables', 7, 'nftabl…'],
  ['nftables', 1, '…'],
  ['nftables', 0, ''],
])('cuts %j to %i columns', (text, width, expected) => {
  expect(cut(text, width)).toBe(expected);
  expect(fit(text, width)).toHaveLength(width);
});

it('keeps control characters and wide characters of a node from the terminal', () => {
  expect(clean('a\u001b[2J\r\nb\u0007 節 kube-proxy’s “nft”…')).toBe('a?[2J b? ? kube-proxy’s “nft”…');
});

it.each<[string, string, number, number, string[]]>([
  ['what fits', 'one two', 10, 2, ['one two']],
  ['at spaces', 'one two three', 8, 3, ['one two', 'three']],
  ['a word longer than a line', 'abcdefghij kl', 5, 3, ['abcd…', 'kl']],
  ['more than there is room for', 'one two three four', 9, 2, ['one two', 'three …']],
  [
    'more than there is room for, the last line being full',
    'one two three fourfive six',
    9,
    2,
    ['one two', 'three f …'.slice(0, 5) + ' …'],
  ],
  ['nothing', '', 5, 2, ['']],
])('wraps %s', (_what, text, width, most, expected) => {
  expect(wrap(text, width, most)).toEqual(expected);
});

it('no wrapped line is wider than asked, and there are never more than asked', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme-ascii', maxLength: 300 }),
      fc.integer({ min: 3, max: 40 }),
      fc.integer({ min: 1, max: 5 }),
      (text, width, most) => {
        const lines = wrap(clean(text), width, most);
        expect(lines.length).toBeLessThanOrEqual(most);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      },
    ),
  );
});
