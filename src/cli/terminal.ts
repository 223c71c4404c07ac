// Where a command writes to, and what can be shown there. cli.ts makes the real one.
import type { Writable } from 'node:stream';
import type { Paint } from '../terminal/paint.ts';

export type Terminal = {
  /** What was asked for goes here, everything else to `stderr`. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Of stdout. */
  readonly columns: number;
  /** Of stdout; Infinity where nothing is scrolled away, as in a pipe. */
  readonly rows: number;
  readonly paint: Paint;
  /** stdout is looked at by a person: a picture may be painted over the last one. */
  readonly live: boolean;
  /** stderr is looked at by a person: lines may be rewritten. */
  readonly interactive: boolean;
};
