// A terminal for tests: keeps what was written.
import { PassThrough } from 'node:stream';
import { unpainted } from '../../terminal/paint.ts';
import type { Terminal } from '../terminal.ts';

export type FakeTerminal = Terminal & { readonly said: { readonly stdout: string; readonly stderr: string } };

export function fakeTerminal(
  parts: Partial<Pick<Terminal, 'interactive' | 'columns' | 'rows' | 'live'>> = {},
): FakeTerminal {
  const said = { stdout: '', stderr: '' };
  const keeping = (name: 'stdout' | 'stderr'): PassThrough => {
    const stream = new PassThrough();
    stream.setEncoding('utf8').on('data', (text: string) => void (said[name] += text));
    return stream;
  };
  return {
    stdout: keeping('stdout'),
    stderr: keeping('stderr'),
    columns: 100,
    rows: Infinity,
    live: false,
    paint: unpainted,
    interactive: false,
    said,
    ...parts,
  };
}
