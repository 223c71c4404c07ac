import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printable } from './printable.ts';

it.each([
  ['mode: nftables\n\tindented', 'mode: nftables\n\tindented'],
  ['\u001b[2K\u001b[1Amode: iptables', '\\u{1b}[2K\\u{1b}[1Amode: iptables'],
  ['a\rb\u0000c\u007fd\u009be', 'a\\u{d}b\\u{0}c\\u{7f}d\\u{9b}e'],
  ['left\u202eright\u2066x', 'left\\u{202e}right\\u{2066}x'],
  ['Übergröße 模式 🙂', 'Übergröße 模式 🙂'],
])('%j is shown as %j', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

it('leaves nothing a terminal obeys, and is idempotent', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = printable(text);
      // oxlint-disable-next-line no-control-regex -- these are what it is about
      expect(shown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
      expect(printable(shown)).toBe(shown);
    }),
  );
});
