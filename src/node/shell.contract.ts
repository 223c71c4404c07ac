// What every NodeShell must do, whatever carries it: the same cases against each transport, over real processes.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NodeShell, ShellResult } from './shell.ts';

export type Harness = {
  readonly shell: NodeShell;
  /** A shell of a node whose machine, or way to it, is down. */
  readonly unreachable: () => Promise<NodeShell>;
  /** A shell that somebody says no to. */
  readonly refused: () => Promise<NodeShell>;
  /** Breaks every connection there is, without a word. */
  readonly cut: () => void;
  /** Connections or pods that are still there. */
  readonly left: () => Promise<number>;
  /** How many commands have reached the node. */
  readonly commands: () => number;
  readonly stop: () => Promise<void>;
};

/** A word of an argv: everything a hostile name may hold, NUL and broken surrogates aside, which no process can be given. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom(...Array.from('\'"\\$`!*?[]{}()<>|&;~# \t\n\r-=%^')), maxLength: 20 }),
  fc.constantFrom(
    '',
    '-n',
    '--',
    '-rf /',
    '$(id)',
    '`id`',
    "'; id; '",
    "'",
    "''",
    '\\',
    "\\'",
    '\n',
    'é',
    '😀',
    '\u0085',
    '\u007f',
  ),
);
const argument = hostile.map((text) => text.replaceAll('\0', ''));

export function shellContract(start: () => Promise<Harness>): void {
  describe('keeps the contract of a NodeShell', { timeout: 30_000 }, () => {
    let harness: Harness;
    let shell: NodeShell;
    beforeEach(async () => {
      harness = await start();
      ({ shell } = harness);
    });
    afterEach(() => harness.stop());

    const sh = (script: string, ...words: readonly string[]): Promise<ShellResult> =>
      shell.run({ argv: ['sh', '-c', script, 'sh', ...words] });

    it('tells exit code, output and complaints apart', async () => {
      expect(await sh('echo out; echo err >&2; exit 3')).toEqual({
        kind: 'exited',
        code: 3,
        stdout: 'out\n',
        stderr: 'err\n',
        truncated: false,
      });
      expect(await shell.run({ argv: ['true'] })).toMatchObject({ kind: 'exited', code: 0, stdout: '', stderr: '' });
      expect(await sh('exit 255')).toMatchObject({ kind: 'exited', code: 255 });
    });

    it('passes every argument as it is', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(argument, { minLength: 1, maxLength: 5 }), async (words) => {
          const result = await shell.run({ argv: ['printf', String.raw`%s\0`, ...words] });
          expect(result).toMatchObject({ kind: 'exited', code: 0, stdout: words.map((word) => `${word}\0`).join('') });
        }),
        { numRuns: 60 },
      );
    });

    it('runs no program but the one that is named, whatever its name', async () => {
      await fc.assert(
        fc.asyncProperty(argument, async (word) => {
          fc.pre(word.trim() !== '' && !word.includes('/'));
          const result = await shell.run({ argv: [`no-such-${word}`] });
          expect(result).toMatchObject({ kind: 'exited', code: 127, stdout: '' });
        }),
        { numRuns: 30 },
      );
    });

    it('refuses what no process can be given, and sends nothing', async () => {
      const before = harness.commands();
      for (const word of ['a\0b', '\ud800', 'x\udc00'])
        expect(await shell.run({ argv: ['echo', word] })).toMatchObject({ kind: 'refused' });
      expect(harness.commands()).toBe(before);
    });

    it('feeds the command and tells it that there is no more', async () => {
      const text = `${'x'.repeat(70_000)}é\n'$(id)`;
      expect(await shell.run({ argv: ['cat'], stdin: text })).toMatchObject({ code: 0, stdout: text });
      expect(await shell.run({ argv: ['cat'], stdin: '' })).toMatchObject({ code: 0, stdout: '' });
    });

    it('gives a command that reads nothing to read', async () => {
      expect(await shell.run({ argv: ['cat'] })).toMatchObject({ code: 0, stdout: '' });
    });

    it('does not mind a command that ends without reading', async () => {
      expect(await shell.run({ argv: ['true'], stdin: 'x'.repeat(80_000) })).toMatchObject({ code: 0 });
    });

    it('keeps so much of the output as it was told to, of each stream, and says that there was more', async () => {
      const flood =
        'i=0; while [ $i -lt 3000 ]; do echo oooooooooooooooooooooooooooo; i=$((i+1)); done; echo e >&2; exit 7';
      expect(await shell.run({ argv: ['sh', '-c', flood], maxOutput: 20 })).toEqual({
        kind: 'exited',
        code: 7,
        stdout: 'o'.repeat(20),
        stderr: 'e\n',
        truncated: true,
      });
    });

    it('gives up waiting, and says what was said so far', async () => {
      await shell.run({ argv: ['true'] });
      const result = await shell.run({ argv: ['sh', '-c', 'echo so far; exec sleep 60'], timeout: 1500 });
      expect(result).toEqual({ kind: 'timedOut', after: 1500, stdout: 'so far\n', stderr: '' });
    });

    it('stops waiting when the signal fires, and asks nothing when it has fired', async () => {
      const abort = new AbortController();
      const running = shell.run({ argv: ['sleep', '60'] }, abort.signal);
      while (harness.commands() === 0) await new Promise(setImmediate);
      abort.abort(new Error('enough'));
      expect(await running).toMatchObject({
        kind: 'unreachable',
        message: expect.stringContaining('enough') as string,
      });
      const before = harness.commands();
      expect(await shell.run({ argv: ['true'] }, abort.signal)).toMatchObject({ kind: 'unreachable' });
      expect(harness.commands()).toBe(before);
    });

    it('runs several commands at once', async () => {
      const numbers = Array.from({ length: 25 }, (_, index) => String(index));
      const results = await Promise.all(numbers.map((number) => shell.run({ argv: ['echo', number] })));
      expect(results.map((result) => (result.kind === 'exited' ? result.stdout.trim() : result.kind))).toEqual(numbers);
    });

    it('says when the node cannot be reached', async () => {
      const other = await harness.unreachable();
      expect(await other.run({ argv: ['true'] })).toMatchObject({ kind: 'unreachable' });
      await other.close().catch(() => undefined);
    });

    it('says when it is refused', async () => {
      const other = await harness.refused();
      expect(await other.run({ argv: ['true'] })).toMatchObject({ kind: 'refused' });
      await other.close().catch(() => undefined);
    });

    it('says when the connection breaks, and finds its way back', async () => {
      const running = shell.run({ argv: ['sleep', '60'] });
      while (harness.commands() === 0) await new Promise(setImmediate);
      harness.cut();
      expect(await running).toMatchObject({ kind: 'unreachable' });
      expect(await shell.run({ argv: ['echo', 'back'] })).toMatchObject({ kind: 'exited', stdout: 'back\n' });
    });

    it('leaves nothing behind, may be closed twice, and runs nothing afterwards', async () => {
      await shell.run({ argv: ['true'] });
      const running = shell.run({ argv: ['sleep', '60'] });
      while (harness.commands() < 2) await new Promise(setImmediate);
      await Promise.all([shell.close(), shell.close()]);
      await shell.close();
      expect(await running).toMatchObject({ kind: 'unreachable' });
      expect(await shell.run({ argv: ['true'] })).toMatchObject({ kind: 'unreachable' });
      expect(harness.commands()).toBe(2);
      expect(await harness.left()).toBe(0);
    });
  });
}
