import { describe, expect, it } from 'vitest';
import type { NodeShell, ShellCommand, ShellResult } from '../node/shell.ts';
import { lineOf, runScript, textOf, valueOf } from './run-script.ts';

const exited = { kind: 'exited', code: 0, stdout: '', stderr: '', truncated: false } as const;

function shellOf(result: ShellResult): NodeShell & { readonly asked: readonly ShellCommand[] } {
  const asked: ShellCommand[] = [];
  const run = (command: ShellCommand): Promise<ShellResult> => {
    asked.push(command);
    return Promise.resolve(result);
  };
  return { node: 'n1', pathOf: (path) => path, run, close: () => Promise.resolve(), asked };
}

describe('runScript', () => {
  it('hands values over as arguments, with a deadline and a bound', async () => {
    const shell = shellOf(exited);
    await runScript(shell, { text: 'echo "$1"', args: ['$(id)', "it's"], stdin: 'in' });
    expect(shell.asked).toEqual([
      {
        argv: ['sh', '-c', 'echo "$1"', 'proxymode', '$(id)', "it's"],
        stdin: 'in',
        timeout: 60_000,
        maxOutput: 4 * 1024 * 1024,
      },
    ]);
  });

  it('reads lines of a word and a value', async () => {
    const text = Buffer.from(`a b\nfile forged ü${'x'.repeat(100)}`)
      .toString('base64')
      .replaceAll(/.{76}/g, '$&\n');
    const said = await runScript(
      shellOf({
        ...exited,
        stdout: `written\nfile absent\nshow <\n${text}\n>\nunread <\nYQ==\n!\nempty <\n>\nbroken <\nYQ==\n`,
      }),
      {
        text: '',
        args: [],
      },
    );
    if (said.kind !== 'said') throw new Error(said.kind);
    expect(valueOf(said, 'written')).toBe('');
    expect(valueOf(said, 'file')).toBe('absent');
    expect(textOf(said, 'show')).toBe(`a b\nfile forged ü${'x'.repeat(100)}`);
    expect([lineOf(said, 'empty')?.text?.length, textOf(said, 'empty')]).toEqual([0, '']);
    expect([lineOf(said, 'unread')?.text, valueOf(said, 'unread')]).toEqual([undefined, '<']);
    expect([lineOf(said, 'broken')?.text, lineOf(said, 'missing'), textOf(said, 'missing')]).toEqual([
      undefined,
      undefined,
      '',
    ]);
  });

  it.each<[string, ShellResult, string]>([
    [
      'fails',
      { ...exited, code: 2, stderr: 'first\nmv: cannot move: Read-only file system\n' },
      'On node n1: mv: cannot move: Read-only file system (exit code 2)',
    ],
    ['fails without a word', { ...exited, code: 127 }, 'On node n1: the command ended with exit code 127'],
    ['answers too much', { ...exited, truncated: true }, 'Node n1 answered more than 4194304 bytes.'],
  ])('makes a problem of a script that %s', async (_what, result, message) => {
    expect(await runScript(shellOf(result), { text: '', args: [] })).toEqual({ kind: 'problem', message });
  });

  it.each<ShellResult>([
    { kind: 'unreachable', message: 'no route to host' },
    { kind: 'refused', message: 'unknown host key' },
    { kind: 'timedOut', after: 20_000, stdout: 'written\n', stderr: '' },
  ])('passes on $kind, whatever was said before', async (result) => {
    expect(await runScript(shellOf(result), { text: '', args: [] })).toEqual(result);
  });
});
