// Connections to nodes, each shared by all who work on that node at the same time: a login costs sshd and the node more than
// the command it is for. Who has a shell closes it as if it were its own.
import type { Clock, Log } from 'kopf-ts';
import type { SshNodeShell } from '../node/ssh-shell.ts';

/** How long (ms) a connection that nobody uses is kept: longer than the pause between two looks at a unit. */
const LINGER = 15_000;

export type PooledShell = SshNodeShell & {
  /** Closes it, and lets nobody else have it: it is broken, or what it was made with may not be right any more. */
  discard(): Promise<void>;
};

type Entry = {
  readonly shell: Promise<SshNodeShell>;
  users: number;
  /** Fires when somebody uses it again. */
  idle: AbortController | undefined;
};

export class ShellPool {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry>();

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** `key` names the node and how it is reached; `make` is called when there is none for it. Rejects as `make` does. */
  async acquire(key: string, make: () => Promise<SshNodeShell>): Promise<PooledShell> {
    const entry = this.#entries.get(key) ?? { shell: make(), users: 0, idle: undefined };
    this.#entries.set(key, entry);
    entry.users++;
    entry.idle?.abort();
    entry.idle = undefined;
    try {
      return this.#lend(key, entry, await entry.shell);
    } catch (error) {
      this.#forget(key, entry);
      throw error;
    }
  }

  /** Closes all of them, also those in use. */
  stop(): void {
    for (const [key, entry] of this.#entries) {
      this.#forget(key, entry);
      entry.idle?.abort();
      void this.#end(entry);
    }
  }

  #lend(key: string, entry: Entry, shell: SshNodeShell): PooledShell {
    let isMine = true;
    const giveBack = async (): Promise<void> => {
      if (!isMine) return;
      isMine = false;
      entry.users--;
      if (entry.users > 0) return;
      if (this.#entries.get(key) === entry) this.#keep(key, entry);
      else await this.#end(entry);
    };
    return {
      node: shell.node,
      pathOf: shell.pathOf,
      run: shell.run,
      dial: shell.dial,
      close: giveBack,
      discard: async () => {
        this.#forget(key, entry);
        await giveBack();
      },
    };
  }

  #keep(key: string, entry: Entry): void {
    const idle = new AbortController();
    entry.idle = idle;
    void this.#clock.sleep(LINGER, idle.signal).then(async () => {
      if (idle.signal.aborted) return;
      this.#forget(key, entry);
      await this.#end(entry);
    });
  }

  #forget(key: string, entry: Entry): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  async #end(entry: Entry): Promise<void> {
    try {
      await (await entry.shell).close();
    } catch (error) {
      // One that could not be made has told that to whoever asked for it.
      this.#log.debug('a connection to a node could not be closed', { problem: String(error) });
    }
  }
}
