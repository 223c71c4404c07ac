// The helper pods of one migration: each shared by all who need it on its node, kept a little for whoever needs it next, and
// removed together with others.
import type { Client, Clock, Log, OwnerReference } from 'kopf-ts';
import { LABEL_MIGRATION } from '../api/names.ts';
import type { HelperAccess } from '../node/helper-pod.ts';
import { removeHelpers } from '../node/helper-pods.ts';
import { createPodShell, type PodShell, type PodShellOptions } from '../node/pod-shell.ts';
import { HelperCollector } from './helper-collector.ts';
import type { SharedHelperWatch } from './helper-watch.ts';
import { ShellPool, type Pooled } from './shell-pool.ts';

export type HelperShellsOptions = {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** The operator's own. */
  readonly namespace: string;
  readonly helpers: SharedHelperWatch;
  /** Another one each time, fit for a label's value. */
  readonly mark: () => string;
};

export type WantedHelper = {
  readonly node: string;
  readonly access: HelperAccess;
  /** A pod with this access does as well, if it runs already. */
  readonly orRunning?: HelperAccess;
  readonly image: PodShellOptions['image'];
  /** The migration. */
  readonly owner: OwnerReference;
  /** How long (ms) it is kept for others when the last of its users has closed it. */
  readonly keep: number;
};

export class HelperShells {
  readonly #options: HelperShellsOptions;
  readonly #pool: ShellPool<PodShell>;
  /** Those that have not been closed. */
  readonly #made = new Map<string, PodShell>();
  #collector: HelperCollector;
  #swept: Promise<void> | undefined;

  constructor(options: HelperShellsOptions) {
    this.#options = options;
    this.#pool = new ShellPool(options);
    this.#collector = new HelperCollector(options);
  }

  /** Nothing is made before it is used. Rejects when what was left by others cannot be removed. */
  async open(wanted: WantedHelper): Promise<Pooled<PodShell>> {
    await this.sweep(wanted.owner);
    const { orRunning, keep } = wanted;
    const access = orRunning !== undefined && this.#runs({ ...wanted, access: orRunning }) ? orRunning : wanted.access;
    const chosen = { ...wanted, access };
    return this.#pool.acquire({ key: keyOf(chosen), make: () => Promise.resolve(this.#make(chosen)), keep });
  }

  /** Once: what an operator that was killed may have left of this migration, a privileged pod for one. Throws ApiError. */
  async sweep(owner: OwnerReference): Promise<void> {
    const { client, namespace } = this.#options;
    this.#swept ??= removeHelpers(client, namespace, `${LABEL_MIGRATION}=${owner.name}`);
    try {
      await this.#swept;
    } catch (error) {
      this.#swept = undefined;
      throw error;
    }
  }

  /** Removes all of them, also those in use. Later ones are made anew. */
  stop(): void {
    this.#pool.stop();
    this.#collector.hurry();
    this.#collector = new HelperCollector(this.#options);
  }

  #runs(wanted: WantedHelper): boolean {
    return this.#made.get(keyOf(wanted))?.isRunning() ?? false;
  }

  #make(wanted: WantedHelper): PodShell {
    const { node, access, image, owner } = wanted;
    const { client, clock, namespace, helpers, mark } = this.#options;
    const labels = { [LABEL_MIGRATION]: owner.name };
    const release = helpers.hold();
    const making = mark();
    const removal = this.#collector;
    const shell = createPodShell(client, clock, node, {
      access,
      image,
      owner,
      namespace,
      labels,
      making,
      watch: helpers,
      removal,
    });
    const key = keyOf(wanted);
    this.#made.set(key, shell);
    const close = async (): Promise<void> => {
      if (this.#made.get(key) === shell) this.#made.delete(key);
      try {
        await shell.close();
      } finally {
        release();
      }
    };
    return { ...shell, close };
  }
}

/** One pod serves all who leave its image to what is on the node, whatever that is thought to be by each of them. */
function keyOf({ node, access, image }: WantedHelper): string {
  return JSON.stringify([node, access, typeof image === 'string' ? image : '']);
}
