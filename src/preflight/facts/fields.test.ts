// What anybody may have written into a ConfigMap.
import { describe, expect, it } from 'vitest';
import { parseFields } from './fields.ts';

function why(text: string): string | undefined {
  const read = parseFields(text, 'the file');
  return read.known ? undefined : read.why;
}

describe('text of a ConfigMap', () => {
  it('is a mapping, in YAML or JSON', () => {
    expect(parseFields('{"Network":"10.244.0.0/16"}', 'the file')).toEqual({
      known: true,
      value: { Network: '10.244.0.0/16' },
    });
    expect(parseFields('a:\n  b: yes\n', 'the file')).toEqual({ known: true, value: { a: { b: true } } });
    expect(why('- a')).toBe('the file is no mapping');
  });

  it('that is no YAML is refused with the place', () => {
    expect(why('a: 1\nb: [')).toMatch(/^the file cannot be read: .* at line 2, column \d+$/);
  });

  it('that says the same twice is refused', () => {
    expect(why('a:\n  b: 1\n  b: 2\n')).toBe('the file cannot be read: the key b stands there twice');
  });

  it('that is larger than any such file is not read', () => {
    expect(why('#'.repeat(65_537))).toBe('the file has 65537 characters; more than 65536 are not read');
  });

  // Either takes many seconds where every key is compared with every other, or where nested keys are made into names.
  it.each([
    ['thousands of keys', Array.from({ length: 6_000 }, (_, index) => `k${index}: 1`).join('\n'), undefined],
    ['keys that are keys', `${'? '.repeat(400)}a`, 'the file cannot be read: a key is no plain name'],
  ])('does not hold up everything else: %s', { timeout: 5_000 }, (_, text, said) => {
    expect(text.length).toBeLessThan(65_536);
    expect(why(text)).toBe(said);
  });
});
