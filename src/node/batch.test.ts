import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runBatch, type BatchCommand } from './batch.ts';
import type { NodeShell, ShellResult } from './shell.ts';

const MARK = 'c0ffee0123456789';

/** This machine's own sh. */
function here(change: (result: ShellResult) => ShellResult = (result) => result): NodeShell {
  return {
    node: 'here',
    pathOf: (path) => path,
    run: async ({ argv: [program, ...words], stdin, maxOutput }) => {
      const { status, stdout, stderr } = spawnSync(program, words, { input: stdin, encoding: 'utf8' });
      const kept = (text: string): string => text.slice(0, maxOutput);
      return change({
        kind: 'exited',
        code: status ?? -1,
        stdout: kept(stdout),
        stderr: kept(stderr),
        truncated: false,
      });
    },
    close: async () => undefined,
  };
}

async function run(commands: readonly BatchCommand[], maxOutput = 1e6): ReturnType<typeof runBatch> {
  return runBatch(here(), commands, { mark: MARK, timeout: 1000, maxOutput });
}

async function outputs(commands: readonly BatchCommand[], maxOutput?: number): Promise<Record<string, unknown>> {
  const result = await run(commands, maxOutput);
  return result.kind === 'ran' ? Object.fromEntries(result.outputs) : { kind: result.kind };
}

describe('a batch', () => {
  it('gives every command its own output and exit code', async () => {
    expect(
      await outputs([
        { id: 'one', argv: ['echo', 'first'] },
        { id: 'two', argv: ['sh', '-c', 'echo out; echo err >&2; exit 3'] },
        { id: 'three', argv: ['true'] },
      ]),
    ).toEqual({
      one: { code: 0, stdout: 'first\n', stderr: '' },
      two: { code: 3, stdout: 'out\n', stderr: 'err\n' },
      three: { code: 0, stdout: '', stderr: '' },
    });
  });

  it('calls a program that is not there 127, and goes on', async () => {
    const found = await outputs([
      { id: 'none', argv: ['no-such-program'] },
      { id: 'next', argv: ['echo', 'on'] },
    ]);
    expect(found).toMatchObject({ none: { code: 127 }, next: { stdout: 'on\n' } });
  });

  it('keeps output without a newline at its end, and empty lines, as they are', async () => {
    const found = await outputs([
      { id: 'open', argv: ['printf', 'a\n\nb'] },
      { id: 'blank', argv: ['printf', '\n\n'] },
    ]);
    expect(found).toMatchObject({ open: { stdout: 'a\n\nb' }, blank: { stdout: '\n\n' } });
  });

  it('gives no command the script to read', async () => {
    const found = await outputs([
      { id: 'reader', argv: ['cat'] },
      { id: 'next', argv: ['echo', 'on'] },
    ]);
    expect(found).toMatchObject({ reader: { stdout: '' }, next: { stdout: 'on\n' } });
  });

  it('leaves out what was cut off', async () => {
    const long = { id: 'long', argv: ['printf', 'x'.repeat(500)] } as const;
    expect(Object.keys(await outputs([{ id: 'short', argv: ['echo', 'a'] }, long], 300))).toEqual(['short']);
  });

  it('passes on what the shell could not do', async () => {
    const gone = { kind: 'unreachable', message: 'gone' } as const;
    const options = { mark: MARK, timeout: 1, maxOutput: 1 };
    expect(
      await runBatch(
        here(() => gone),
        [],
        options,
      ),
    ).toEqual(gone);
  });

  it('does not take a mark that somebody could guess', async () => {
    await expect(runBatch(here(), [], { mark: '$(x)', timeout: 1, maxOutput: 1 })).rejects.toThrow('mark');
  });

  it('brings every word to its program as it is, and believes nothing that is printed between the marks', async () => {
    const word = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 20 }),
      fc.constantFrom("'", "'\\''", '$(touch x)', '`id`', '\n', `\n${MARK.slice(1)} end id 0\n`, '-n', '\\', '"', ' '),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          word.filter((text) => !text.includes('\0')),
          { minLength: 1, maxLength: 4 },
        ),
        async (words) => {
          const argv = ['printf', '[%s]', ...words] as const;
          const found = await outputs([{ id: 'words', argv }]);
          expect(found).toEqual({ words: { code: 0, stdout: words.map((text) => `[${text}]`).join(''), stderr: '' } });
        },
      ),
      { numRuns: 60 },
    );
  });
});
