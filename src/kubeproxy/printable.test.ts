import fc from 'fast-check';
import { expect, it } from 'vitest';
import { printable } from './printable.ts';

it.each([
  ['mode: nftables\n\tindented', 'mode: nftables\n\tindented'],
  ['\u001b[2K\u001b[1Amode: iptables', '\\u{1b}[2K\\u{1b}[1Amode: iptables'],
  ['a\rb\u0000c\u007fd\u009be', 'a\\u{d}b\\u{0}c\\u{7f}d\\u{9b}e'],
  ['left\u202eright\u2066x', 'left\\u{202e}right\\u{2066}x'],
  ['\u061c\u00ad\u180e\ufff9\u{e0041}', '\\u{61c}\\u{ad}\\u{180e}\\u{fff9}\\u{e0041}'],
  ['one\u2028line\u2029only', 'one\\u{2028}line\\u{2029}only'],
  ['Übergröße 模式 🙂', 'Übergröße 模式 🙂'],
])('%j is shown as %j', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

it('leaves nothing a terminal obeys, and is idempotent', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const shown = printable(text);
      expect(shown.replaceAll(/[\t\n]/g, '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(printable(shown)).toBe(shown);
    }),
  );
});
