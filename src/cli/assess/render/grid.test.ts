import { describe, expect, it } from 'vitest';
import { grid, wrapped } from './grid.ts';

describe('grid', () => {
  it('aligns columns, wraps within them, and leaves no blanks at the end', () => {
    expect(
      grid(
        [
          ['a', 'one two three', ''],
          ['bb', 'x', 'y'],
        ],
        [4, 8, 4],
      ),
    ).toEqual(['a   one two', '    three', 'bb  x       y']);
  });

  it('measures painted text by what is seen', () => {
    expect(grid([['\u001b[31mred\u001b[39m', 'next']], [6, 6])).toEqual(['\u001b[31mred\u001b[39m   next']);
  });

  it('is nothing for no rows', () => {
    expect(grid([], [4])).toEqual([]);
  });
});

describe('wrapped', () => {
  it('breaks at blanks and indents', () => {
    expect(wrapped('one two three', { width: 9, indent: 2 })).toEqual(['  one two', '  three']);
  });

  it('leaves a long word whole', () => {
    expect(wrapped('see https://a.very.long.address/ there', { width: 12, indent: 0 })).toEqual([
      'see',
      'https://a.very.long.address/',
      'there',
    ]);
  });
});
