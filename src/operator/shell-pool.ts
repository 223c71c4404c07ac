// Shells on nodes, each shared by all who work on that node at the same time: a login, or a pod, costs the node more than the
// command it is for. Who has a shell closes it as if it were its own.
import type { Duplex } from 'node:stream';
import type { Clock, Log } from 'kopf-ts';
import type { NodeShell } from '../node/shell.ts';
import type { SshNodeShell } from '../node/ssh-shell.ts';

export type Pooled<S extends NodeShell> = S & {
  /** Closes it, and lets nobody else have it: it is broken, or what it was made with may not be right any more. */
  discard(): Promise<void>;
};

export type PooledShell = Pooled<SshNodeShell>;

export type Wanted<S extends NodeShell> = {
  /** Names the node and how it is reached. */
  readonly key: string;
  /** Called when there is none. */
  readonly make: () => Promise<S>;
  /** How long (ms) it is kept for others once this user, as the last one, has closed it. */
  readonly keep: number;
};

/** As long as the stream is open, so is the shell it goes through. Rejects as `open` does. To give a shell back never fails. */
export async function streamThrough(shell: Pooled<NodeShell>, open: () => Promise<Duplex>): Promise<Duplex> {
  try {
    const stream = await open();
    stream.once('close', () => void shell.close());
    return stream;
  } catch (error) {
    await shell.close();
    throw error;
  }
}

type Entry<S> = {
  readonly shell: Promise<S>;
  users: number;
  /** Fires when somebody uses it again. */
  idle: AbortController | undefined;
};

export class ShellPool<S extends NodeShell> {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #entries = new Map<string, Entry<S>>();

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Rejects as `make` does. */
  async acquire(wanted: Wanted<S>): Promise<Pooled<S>> {
    const { key, make } = wanted;
    const entry = this.#entries.get(key) ?? { shell: make(), users: 0, idle: undefined };
    this.#entries.set(key, entry);
    entry.users++;
    entry.idle?.abort();
    entry.idle = undefined;
    try {
      return this.#lend(wanted, entry, await entry.shell);
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

  #lend({ key, keep }: Wanted<S>, entry: Entry<S>, shell: S): Pooled<S> {
    let isMine = true;
    const giveBack = async (): Promise<void> => {
      if (!isMine) return;
      isMine = false;
      entry.users--;
      if (entry.users > 0) return;
      if (this.#entries.get(key) === entry) this.#keep(key, entry, keep);
      else await this.#end(entry);
    };
    return {
      // Shells are made of properties, so that they can be taken apart.
      ...shell,
      close: giveBack,
      discard: async () => {
        this.#forget(key, entry);
        await giveBack();
      },
    };
  }

  #keep(key: string, entry: Entry<S>, time: number): void {
    const idle = new AbortController();
    entry.idle = idle;
    void this.#clock.sleep(time, idle.signal).then(async () => {
      if (idle.signal.aborted) return;
      this.#forget(key, entry);
      await this.#end(entry);
    });
  }

  #forget(key: string, entry: Entry<S>): void {
    if (this.#entries.get(key) === entry) this.#entries.delete(key);
  }

  async #end(entry: Entry<S>): Promise<void> {
    try {
      await (await entry.shell).close();
    } catch (error) {
      // One that could not be made has told that to whoever asked for it.
      this.#log.debug('a shell on a node could not be closed', { problem: String(error) });
    }
  }
}
