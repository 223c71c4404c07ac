// The way to a node, as spec.nodeAccess says: asking its kube-proxy, looking at its kernel, making it ready, and putting it back.
import type { Duplex } from 'node:stream';
import { messageOf, type Log, type OwnerReference } from 'kopf-ts';
import type { MigrationSpec } from '../api/migration.ts';
import { runBatch } from '../node/batch.ts';
import type { HelperAccess } from '../node/helper-pod.ts';
import { OWN_DIRECTORIES } from '../node/own-files.ts';
import type { PodShell } from '../node/pod-shell.ts';
import type { NodeShell } from '../node/shell.ts';
import { createSshShell, type SshNodeShell } from '../node/ssh-shell.ts';
import type { ProbeOutputs } from '../preflight/facts/snapshot.ts';
import { known } from '../preflight/known.ts';
import type { NodeTask } from '../rollout/node-task.ts';
import type { TrialTask } from '../rollout/trial-task.ts';
import { probeCommands } from '../preflight/probe-commands.ts';
import { HelperShells, type HelperShellsOptions, type WantedHelper } from './helper-shells.ts';
import type { DialOptions } from './prober.ts';
import { ShellPool, streamThrough, type Pooled, type PooledShell } from './shell-pool.ts';
import { sshSettings } from './ssh-keys.ts';

/** How long (ms) a connection that nobody uses is kept: longer than the pause between two looks at a unit. */
const LINGER = 15_000;
/**
 * How long a helper pod that nobody uses is kept (ms): that of the first reading until the node's turn to be looked at has come,
 * that of the look while the node's turn to be switched may be near, that of later readings while others have their turn,
 * that of a kube-proxy to come until it is there, and that of a bridge until it is refreshed or taken down.
 */
const KEEP = { read: 120_000, looked: 20_000, between: 30_000, expected: 60_000, bridged: 60_000 } as const;
/** What kube-proxy's metrics port is bound to may be either family's loopback; the node's resolver and sshd try both. */
const LOOPBACK = 'localhost';
const LOOKING = { kind: 'inspect' } as const;
const DOORS = {
  first: { access: LOOKING, keep: KEEP.read },
  later: { access: { kind: 'reach' }, orRunning: LOOKING, keep: KEEP.between },
} as const;

/** How much longer (s) the pod of a trial may live than the trial may take: it has to start. */
const TRIAL_MARGIN = 300;

const PROBE_TIMEOUT = 60_000;
const PROBE_OUTPUT = 8 * 1024 * 1024;

/** What is true of the migration when the node is reached; it may have changed since the task was planned. */
export type Present = {
  readonly spec: MigrationSpec;
  readonly owner: OwnerReference;
  /** Of the node's own kube-proxy, so that it is there already. */
  readonly imageOf: (node: string) => string | undefined;
  /** '' where the Node does not say. */
  readonly kernelOf: (node: string) => string;
  /** InternalIP; undefined where the Node has none. */
  readonly addressOf: (node: string) => string | undefined;
};

/** To a node: the first one leads through the pod that is going to look at the node, too. */
type Door = keyof typeof DOORS;

export type NodeAccessOptions = HelperShellsOptions & {
  /** undefined once the migration is gone. */
  readonly present: () => Present | undefined;
};

export type NodeAccess = {
  /** undefined: nobody looks at nodes. Rejects with a sentence for a person when the node cannot be looked at. */
  readonly inspect: (node: string, signal: AbortSignal) => Promise<ProbeOutputs | undefined>;
  /** Removes helper pods that were left by an operator that is no more; once. */
  readonly tidyUp: () => Promise<void>;
  /** A shell that may change the node, on its network. */
  readonly open: (task: NodeTask) => Promise<NodeShell>;
  /** A shell that may read its rules, and, in a helper pod, nothing else. */
  readonly openToRead: (node: string) => Promise<NodeShell>;
  /** A shell in which the new mode is tried: on the node, and not on its network. It is nobody else's, and gone once it is closed. */
  readonly openTrial: (task: TrialTask) => Promise<PodShell>;
  /** The same by SSH; rejects where that is not how nodes are reached. */
  readonly openSsh: (node: string) => Promise<PooledShell>;
  /**
   * A stream to a port of the node's loopback, where kube-proxy listens: by SSH, or through a helper pod, which is on the
   * node's network as kube-proxy itself is.
   */
  readonly dial: (node: string, port: number, options: DialOptions & { readonly door: Door }) => Promise<Duplex>;
  /** The node's kube-proxy is going to be dialled soon: a helper pod that starts beside it costs no time. */
  readonly expect: (node: string) => Promise<void>;
  /** Closes all connections and removes all helper pods. Later ones are made anew. */
  readonly stop: () => void;
};

/** What cannot be removed now goes by its own deadline, or with the migration; it must not undo what was found out. */
export async function closeQuietly(shell: NodeShell, log: Log): Promise<void> {
  try {
    await shell.close();
  } catch (error) {
    log.warn('a shell on a node could not be closed', {
      node: shell.node,
      problem: messageOf(error),
    });
  }
}

/** What a task that changes its node may do there; only what is made to last writes files. */
export function writeAccess(task: NodeTask): HelperAccess {
  const persist = 'preparation' in task && task.preparation.persist;
  return { kind: 'write', directories: persist ? OWN_DIRECTORIES : [] };
}

export function createNodeAccess(options: NodeAccessOptions): NodeAccess {
  const { client, clock, log, namespace, mark, present } = options;
  const connections = new ShellPool<SshNodeShell>({ clock, log });
  const pods = new HelperShells(options);

  function now(): Present {
    const found = present();
    if (found === undefined) throw new Error('the migration is gone');
    return found;
  }

  async function bySsh(node: string, { spec, addressOf }: Present): Promise<PooledShell | undefined> {
    const { ssh } = spec.nodeAccess;
    if (spec.nodeAccess.type !== 'SSH' || ssh === undefined) return undefined;
    const host = addressOf(node);
    if (host === undefined) throw new Error(`node ${node} has no InternalIP to reach it by SSH`);
    const key = JSON.stringify([node, host, ssh]);
    const make = async (): Promise<SshNodeShell> =>
      createSshShell(node, await sshSettings(client, namespace, host, ssh));
    return connections.acquire({ key, make, keep: LINGER });
  }

  async function byPod(
    node: string,
    { spec, owner, imageOf }: Present,
    wanted: Pick<WantedHelper, 'access' | 'orRunning' | 'keep'>,
  ): Promise<Pooled<PodShell>> {
    const likely = imageOf(node);
    const { image = likely === undefined ? undefined : () => present()?.imageOf(node) ?? likely } = spec.nodeAccess;
    if (image === undefined) throw new Error('no kube-proxy image to make a helper pod of: set spec.nodeAccess.image');
    return pods.open({ ...wanted, node, image, owner });
  }

  async function shellOn(
    node: string,
    at: Present,
    wanted: Pick<WantedHelper, 'access' | 'orRunning' | 'keep'>,
  ): Promise<NodeShell> {
    return (await bySsh(node, at)) ?? (await byPod(node, at, wanted));
  }

  return {
    async inspect(node, signal) {
      const at = now();
      if (at.spec.nodeAccess.type === 'None') return undefined;
      const shell = await shellOn(node, at, { access: LOOKING, keep: KEEP.looked });
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
      // A privileged pod goes at once, unless it is wanted again in a moment.
      return shellOn(task.node, at, { access: writeAccess(task), keep: task.kind === 'bridge' ? KEEP.bridged : 0 });
    },
    async openToRead(node) {
      if (now().spec.nodeAccess.type === 'None')
        throw new Error('spec.nodeAccess.type is None, so the rules of the node cannot be read');
      return shellOn(node, now(), { access: { kind: 'rules' }, orRunning: LOOKING, keep: 0 });
    },
    async openTrial({ node, mode, image, timeout }) {
      const { owner } = now();
      const lifetime = Math.ceil(timeout / 1000) + TRIAL_MARGIN;
      const access: HelperAccess = { kind: 'trial', privileged: mode !== 'nftables', lifetime };
      const shell = await pods.open({ node, access, image, owner, keep: 0 });
      // Also when the next trial asks for the same at once: the kube-proxy of this one may still run in it.
      return { ...shell, close: shell.discard };
    },
    async openSsh(node) {
      const shell = await bySsh(node, now());
      if (shell === undefined) throw new Error('spec.nodeAccess.type is not SSH: units are reached in no other way');
      return shell;
    },
    async tidyUp() {
      const at = present();
      if (at?.spec.nodeAccess.type !== 'Pod') return;
      try {
        await pods.sweep(at.owner);
      } catch (error) {
        log.warn('helper pods that were left could not be removed', { problem: String(error) });
      }
    },
    async dial(node, port, { door, ...how }) {
      const at = now();
      const connection = await bySsh(node, at);
      if (connection !== undefined) return streamThrough(connection, () => connection.dial(LOOPBACK, port, how));
      const shell = await byPod(node, at, DOORS[door]);
      return streamThrough(shell, () => shell.forward(port, how));
    },
    async expect(node) {
      const at = present();
      if (at?.spec.nodeAccess.type !== 'Pod') return;
      try {
        const shell = await byPod(node, at, { ...DOORS.later, keep: KEEP.expected });
        await shell.portForwardTarget();
        await shell.close();
      } catch (error) {
        log.debug('a helper pod could not be made before it is needed', { node, problem: String(error) });
      }
    },
    stop: () => {
      connections.stop();
      pods.stop();
    },
  };
}
