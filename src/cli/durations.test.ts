import { describe, expect, it } from 'vitest';
import { parseTimeout } from './durations.ts';

describe('--timeout', () => {
  it.each([
    ['90s', 90_000],
    ['2m', 120_000],
    ['1m30s', 90_000],
    ['500ms', 500],
  ])('takes %s', (text, milliseconds) => {
    expect(parseTimeout(text)).toBe(milliseconds);
  });

  it.each(['0s', '90', '-1s', ''])('refuses %j', (text) => {
    expect(() => parseTimeout(text)).toThrow('a duration above zero');
  });
});
