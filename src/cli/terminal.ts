// Where a command writes to, and what can be shown there. cli.ts makes the real one.
import type { Writable } from 'node:stream';
import type { Paint } from './paint.ts';

export type Terminal = {
  /** What was asked for goes here, everything else to `stderr`. */
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Of stdout. */
  readonly columns: number;
  readonly paint: Paint;
  /** stderr is looked at by a person: lines may be rewritten. */
  readonly interactive: boolean;
};
