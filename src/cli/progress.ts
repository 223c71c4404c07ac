// Shows that something is going on, on stderr: a line that is rewritten on a terminal, a few plain lines elsewhere.
import { clearLine, cursorTo } from 'node:readline';
import type { Writable } from 'node:stream';

export type Progress = {
  /** A new step; `of` things to do, where they can be counted. */
  step(what: string): void;
  count(done: number, of: number): void;
  /** Leaves nothing behind on a terminal. */
  end(): void;
};

export type ProgressOptions = { readonly stream: Writable; readonly terminal: boolean; readonly quiet: boolean };

export function createProgress({ stream, terminal, quiet }: ProgressOptions): Progress {
  if (quiet) return { step: () => undefined, count: () => undefined, end: () => undefined };
  return terminal ? rewriting(stream) : plain(stream);
}

function rewriting(stream: Writable): Progress {
  let what = '';
  const show = (text: string): void => {
    cursorTo(stream, 0);
    clearLine(stream, 0);
    stream.write(text);
  };
  return {
    step: (text) => {
      what = text;
      show(`${what} …`);
    },
    count: (done, of) => show(`${what} … ${done} of ${of}`),
    end: () => show(''),
  };
}

/** Lines for a log: the beginning of a step, and each quarter of a long one. */
function plain(stream: Writable): Progress {
  let what = '';
  let quarters = 0;
  return {
    step: (text) => {
      what = text;
      quarters = 0;
      stream.write(`${what}\n`);
    },
    count: (done, of) => {
      const now = Math.floor((4 * done) / of);
      if (of < LONG || now === quarters || done === of) return;
      quarters = now;
      stream.write(`${what}: ${done} of ${of}\n`);
    },
    end: () => undefined,
  };
}

const LONG = 40;
