import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { quote } from './quote.ts';
import { commandLine } from './ssh-command.ts';

const word = fc
  .oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...Array.from('\'"\\$`!*?[]{}()<>|&;~# \t\n\r-=%^')) }),
  )
  .map((text) => text.replaceAll('\0', ''));

function shellRuns(line: string): readonly string[] {
  const { stdout, stderr } = spawnSync('/bin/sh', ['-c', line], { encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout.split('\0').slice(0, -1);
}

it('a quoted word is that word to a shell, whatever is in it', { timeout: 30_000 }, () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      expect(shellRuns(`printf '%s\\0' ${words.map(quote).join(' ')}`)).toEqual(words);
    }),
    { numRuns: 60 },
  );
});

it('nothing but the program’s own words follow what is written here', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), fc.boolean(), (argv, sudo) => {
      const line = commandLine(argv, { sudo, limit: 1 });
      const fixed = /^(sudo -n -- )?env LC_ALL=C PATH=[a-z:/-]+ timeout -s KILL 3 /.exec(line)?.[0] ?? '';
      expect(fixed.startsWith('sudo')).toBe(sudo);
      expect(line.slice(fixed.length)).toBe(argv.map(quote).join(' '));
    }),
  );
});

it('a word with a NUL is none', () => {
  expect(() => quote('a\0b')).toThrow('NUL');
});
