// The one shell that work on a node has at a time. What it was opened for need not do for the next task: the pod of one may be allowed
// less than another writes to, or run another image. So it goes on only to a task that would open the same.
import type { Log } from 'kopf-ts';
import type { NodeShell } from '../node/shell.ts';
import { closeQuietly } from './node-access.ts';

export type LaneShellOptions<T, S extends NodeShell> = {
  readonly open: (task: T, signal: AbortSignal) => Promise<S>;
  readonly door: (task: T) => string | undefined;
  readonly log: Log;
};

export class LaneShell<T, S extends NodeShell> {
  readonly #options: LaneShellOptions<T, S>;
  #held: { readonly shell: S; readonly door: string | undefined } | undefined;

  constructor(options: LaneShellOptions<T, S>) {
    this.#options = options;
  }

  /** It is worth keeping for a while. */
  get mayServeAgain(): boolean {
    return this.#held?.door !== undefined;
  }

  /** Rejects as `open` does. */
  async reach(task: T, signal: AbortSignal): Promise<S> {
    const door = this.#options.door(task);
    if (this.#held !== undefined && door !== undefined && this.#held.door === door) return this.#held.shell;
    await this.close();
    const shell = await this.#options.open(task, signal);
    this.#held = { shell, door };
    return shell;
  }

  async close(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) await closeQuietly(held.shell, this.#options.log);
  }
}
