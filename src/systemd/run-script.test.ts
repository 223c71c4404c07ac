import { describe, expect, it } from 'vitest';
import type { NodeShell, ShellCommand, ShellResult } from '../node/shell.ts';
import { fieldOf, runScript, valueOf } from './run-script.ts';

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
        timeout: 20_000,
        maxOutput: 4 * 1024 * 1024,
      },
    ]);
  });

  it('reads lines of a word and a value', async () => {
    const text = Buffer.from('a b\nfile forged ü').toString('base64');
    const said = await runScript(shellOf({ ...exited, stdout: `written\nfile text\nshow ${text}\nempty \n` }), {
      text: '',
      args: [],
    });
    if (said.kind !== 'said') throw new Error(said.kind);
    expect(valueOf(said, 'written')).toBe('');
    expect(valueOf(said, 'file')).toBe('text');
    expect(fieldOf(said, 'show')).toBe('a b\nfile forged ü');
    expect([fieldOf(said, 'empty'), fieldOf(said, 'missing'), valueOf(said, 'missing')]).toEqual(['', '', undefined]);
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
