// The way to a node's kernel, as spec.nodeAccess says: looking at it, making it ready, and putting it back.
import type { Client, Clock, Log, OwnerReference } from 'kopf-ts';
import type { MigrationSpec } from '../api/migration.ts';
import { LABEL_MIGRATION } from '../api/names.ts';
import { runBatch } from '../node/batch.ts';
import type { HelperAccess } from '../node/helper-pod.ts';
import { removeHelpers } from '../node/helper-pods.ts';
import { OWN_DIRECTORIES } from '../node/own-files.ts';
import { createPodShell } from '../node/pod-shell.ts';
import type { NodeShell } from '../node/shell.ts';
import { createSshShell } from '../node/ssh-shell.ts';
import type { ProbeOutputs } from '../preflight/facts/snapshot.ts';
import { known } from '../preflight/known.ts';
import type { NodeTask } from '../rollout/node-task.ts';
import { probeCommands } from '../preflight/probe-commands.ts';
import type { SharedHelperWatch } from './helper-watch.ts';
import { ShellPool, type PooledShell } from './shell-pool.ts';
import { sshSettings } from './ssh-keys.ts';

const PROBE_TIMEOUT = 60_000;
const PROBE_OUTPUT = 8 * 1024 * 1024;

/** What is true of the migration when the node is reached; it may have changed since the task was planned. */
export type Present = {
  readonly spec: MigrationSpec;
  readonly owner: OwnerReference;
  /** Of the kube-proxy that is on the nodes. */
  readonly image: string | undefined;
  /** '' where the Node does not say. */
  readonly kernelOf: (node: string) => string;
  /** InternalIP; undefined where the Node has none. */
  readonly addressOf: (node: string) => string | undefined;
};

export type NodeAccessOptions = {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  /** The operator's own. */
  readonly namespace: string;
  readonly helpers: SharedHelperWatch;
  readonly mark: () => string;
  /** undefined once the migration is gone. */
  readonly present: () => Present | undefined;
};

export type NodeAccess = {
  /** undefined: nobody looks at nodes. Rejects with a sentence for a person when the node cannot be looked at. */
  readonly inspect: (node: string, signal: AbortSignal) => Promise<ProbeOutputs | undefined>;
  /** Removes helper pods that were left by an operator that is no more; once. */
  readonly tidyUp: () => Promise<void>;
  /** A shell that may change the node. */
  readonly open: (task: NodeTask) => Promise<NodeShell>;
  /** The same by SSH; rejects where that is not how nodes are reached. */
  readonly openSsh: (node: string) => Promise<PooledShell>;
  /** Closes all connections. Later ones are made anew. */
  readonly stop: () => void;
};

/** What cannot be removed now goes by its own deadline, or with the migration; it must not undo what was found out. */
export async function closeQuietly(shell: NodeShell, log: Log): Promise<void> {
  try {
    await shell.close();
  } catch (error) {
    log.warn('a shell on a node could not be closed', {
      node: shell.node,
      problem: error instanceof Error ? error.message : String(error),
    });
  }
}

function releasing(shell: NodeShell, release: () => void): NodeShell {
  const { node, pathOf, run } = shell;
  const close = async (): Promise<void> => {
    try {
      await shell.close();
    } finally {
      release();
    }
  };
  return { node, pathOf, run, close };
}

export function createNodeAccess(options: NodeAccessOptions): NodeAccess {
  const { client, clock, log, namespace, helpers, mark, present } = options;
  const pool = new ShellPool({ clock, log });
  let swept: Promise<number> | undefined;

  /** What an operator that was killed may have left of this migration: a privileged pod, for one. */
  async function sweep({ owner }: Present): Promise<void> {
    swept ??= removeHelpers(client, namespace, `${LABEL_MIGRATION}=${owner.name}`);
    try {
      await swept;
    } catch (error) {
      swept = undefined;
      throw error;
    }
  }

  function now(): Present {
    const found = present();
    if (found === undefined) throw new Error('the migration is gone');
    return found;
  }

  async function reach(node: string, { spec, addressOf }: Present): Promise<PooledShell | undefined> {
    const { ssh } = spec.nodeAccess;
    if (spec.nodeAccess.type !== 'SSH' || ssh === undefined) return undefined;
    const host = addressOf(node);
    if (host === undefined) throw new Error(`node ${node} has no InternalIP to reach it by SSH`);
    const key = JSON.stringify([node, host, ssh]);
    return pool.acquire(key, async () => createSshShell(node, await sshSettings(client, namespace, host, ssh)));
  }

  async function shellOn(node: string, at: Present, access: HelperAccess): Promise<NodeShell> {
    const { spec, owner, image } = at;
    const shell = await reach(node, at);
    if (shell !== undefined) return shell;
    const own = spec.nodeAccess.image ?? image;
    if (own === undefined) throw new Error('no kube-proxy image to make a helper pod of: set spec.nodeAccess.image');
    await sweep(at);
    const labels = { [LABEL_MIGRATION]: owner.name };
    const release = helpers.hold();
    const settings = { access, namespace, owner, image: own, labels, watch: helpers };
    return releasing(createPodShell(client, clock, node, settings), release);
  }

  return {
    async inspect(node, signal) {
      const at = now();
      if (at.spec.nodeAccess.type === 'None') return undefined;
      const shell = await shellOn(node, at, { kind: 'inspect' });
      try {
        const commands = probeCommands({ pathOf: shell.pathOf, kernelRelease: at.kernelOf(node) });
        const limits = { mark: mark(), timeout: PROBE_TIMEOUT, maxOutput: PROBE_OUTPUT, signal };
        const result = await runBatch(shell, commands, limits);
        if (result.kind === 'ran') {
          const outputs = [...result.outputs].map(([id, output]) => [id, known(output)] as const);
          const programs = at.spec.nodeAccess.type === 'SSH' ? 'host' : 'image';
          return { programs, outputs: Object.fromEntries(outputs) };
        }
        throw new Error(
          result.kind === 'timedOut' ? `looking at it took longer than ${result.after / 1000} s` : result.message,
        );
      } finally {
        await closeQuietly(shell, log);
      }
    },
    async open(task) {
      const at = now();
      if (at.spec.nodeAccess.type === 'None')
        throw new Error('spec.nodeAccess.type is None, so nothing can be changed on the node: set it to Pod or SSH');
      const persist = 'preparation' in task && task.preparation.persist;
      return shellOn(task.node, at, { kind: 'write', directories: persist ? OWN_DIRECTORIES : [] });
    },
    async openSsh(node) {
      const shell = await reach(node, now());
      if (shell === undefined) throw new Error('spec.nodeAccess.type is not SSH: units are reached in no other way');
      return shell;
    },
    async tidyUp() {
      const at = present();
      if (at?.spec.nodeAccess.type !== 'Pod') return;
      try {
        await sweep(at);
      } catch (error) {
        log.warn('helper pods that were left could not be removed', { problem: String(error) });
      }
    },
    stop: () => pool.stop(),
  };
}
