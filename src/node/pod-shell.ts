// NodeShell by way of a helper pod: it is made when the first command is run, found again after a restart of the operator,
// and gone when the shell is closed, when its deadline is over, or when its owner is.
import type { Duplex } from 'node:stream';
import { ApiError, type Client, type Clock, type ExecOutcome, type Ref } from 'kopf-ts';
import { aborted, CLOSED, limitsOf, unspeakable } from './command.ts';
import {
  helperPod,
  makingOf,
  pathInHelper,
  type HelperAccess,
  type HelperPod,
  type HelperSettings,
} from './helper-pod.ts';
import {
  ensureHelper,
  failure,
  notYet,
  removeFound,
  removeIfOurs,
  type Helper,
  type HelperRemoval,
  type HelperWatch,
  type NoHelper,
} from './helper-pods.ts';
import type { NodeShell, ShellCommand, ShellResult } from './shell.ts';
import { whileWanted } from './while-wanted.ts';

/** Milliseconds, by the clock: an image that is there, a sandbox, a container. A busy kubelet takes its time. */
const START_TIMEOUT = 60_000;
/** After so long (ms) a pod that the node refused is tried once more: it may have room by now. */
const AGAIN = 30_000;
/** So long a stream waits for a pod that is starting, before it is told what that waits for. */
const STREAM_PATIENCE = 5000;

export type PodShellOptions = Omit<HelperSettings, 'image' | 'orAnyImage'> & {
  readonly access: HelperAccess;
  /** Or what tells, whenever a pod has to be made, which one is probably on the node: a pod that runs with another serves, too. */
  readonly image: string | (() => string);
  /** Milliseconds the pod may take to run, 60,000 by default. */
  readonly startTimeout?: number;
  /** Instead of asking again and again whether it runs. */
  readonly watch?: HelperWatch | undefined;
  /** Instead of deleting the pod by itself. */
  readonly removal?: HelperRemoval | undefined;
};

export type ForwardOptions = { readonly timeout: number; readonly signal?: AbortSignal };

export type PodShell = NodeShell & {
  /** The pod, running. It is on the host's network: a port-forward to it reaches what listens on the node's loopback. */
  readonly portForwardTarget: (signal?: AbortSignal) => Promise<Helper | NoHelper>;
  /** It has been running when it was last looked at. */
  readonly isRunning: () => boolean;
  /**
   * A stream to a port of the node's loopback. Rejects with the API server's own refusal (ApiError), with what the port said,
   * or with what keeps the pod from running; the pod goes on starting then. `timeout` is real milliseconds, for the stream.
   */
  readonly forward: (port: number, options: ForwardOptions) => Promise<Duplex>;
};

export function createPodShell(client: Client, clock: Clock, node: string, options: PodShellOptions): PodShell {
  return new HelperShell(client, clock, node, options);
}

class HelperShell implements PodShell {
  readonly node: string;
  readonly pathOf = pathInHelper;
  readonly #client: Client;
  readonly #clock: Clock;
  readonly #wish: () => HelperPod;
  /** As it was last asked for. */
  #wanted: HelperPod;
  readonly #startTimeout: number;
  readonly #watch: HelperWatch | undefined;
  readonly #removal: HelperRemoval | undefined;
  readonly #closing = new AbortController();
  /** Shared by commands that are run at the same time; forgotten when the pod turns out to be gone. */
  #helper: Promise<Helper | NoHelper> | undefined;
  /** The last one that ran. */
  #found: Helper | undefined;
  /** When the node, or the API server, first refused it. */
  #refusedAt: number | undefined;
  #used = false;

  constructor(
    client: Client,
    clock: Clock,
    node: string,
    { access, image, startTimeout = START_TIMEOUT, watch, removal, ...settings }: PodShellOptions,
  ) {
    this.node = node;
    this.#client = client;
    this.#clock = clock;
    this.#wish = () =>
      typeof image === 'string'
        ? helperPod(node, access, { ...settings, image })
        : helperPod(node, access, { ...settings, image: image(), orAnyImage: true });
    this.#wanted = this.#wish();
    this.#startTimeout = startTimeout;
    this.#watch = watch;
    this.#removal = removal;
  }

  readonly portForwardTarget = async (signal?: AbortSignal): Promise<Helper | NoHelper> => {
    if (signal?.aborted === true) return { kind: 'unreachable', message: aborted(signal) };
    if (this.#closing.signal.aborted) return { kind: 'unreachable', message: CLOSED };
    this.#used = true;
    this.#helper ??= this.#ensure();
    return await whileWanted(this.#helper, signal);
  };

  readonly isRunning = (): boolean => this.#found !== undefined && !this.#closing.signal.aborted;

  readonly forward = async (port: number, options: ForwardOptions): Promise<Duplex> => {
    const helper = await this.#soon(options.signal);
    if (helper.kind !== 'running') throw noWay(helper);
    try {
      return await this.#client.portForward(helper.pod, port, options);
    } catch (error) {
      // The next one looks whether the pod is still there.
      this.#helper = undefined;
      throw error;
    }
  };

  readonly run = async (command: ShellCommand, signal?: AbortSignal): Promise<ShellResult> => {
    const refused = unspeakable(command);
    if (refused !== undefined) return refused;
    const helper = await this.portForwardTarget(signal);
    return helper.kind === 'running' ? this.#exec(helper.pod, command, signal) : helper;
  };

  /** Throws ApiError when the pod cannot be removed; it is tried anew when called again. */
  readonly close = async (): Promise<void> => {
    this.#closing.abort(new Error(CLOSED));
    await this.#helper;
    if (this.#used) await this.#remove();
    this.#used = false;
    this.#found = undefined;
  };

  async #remove(): Promise<void> {
    const making = this.#found === undefined ? makingOf(this.#wanted) : this.#found.making;
    if (this.#removal !== undefined && making !== undefined) await this.#removal.collect(making);
    else if (this.#found !== undefined) await removeFound(this.#client, this.#found);
    else await removeIfOurs(this.#client, this.#wanted);
  }

  async #soon(signal: AbortSignal | undefined): Promise<Helper | NoHelper> {
    const over = new AbortController();
    const late = this.#clock.sleep(STREAM_PATIENCE, over.signal);
    try {
      return await Promise.race([
        this.portForwardTarget(signal),
        late.then(() => notYet(this.#wanted, STREAM_PATIENCE, this.#watch)),
      ]);
    } finally {
      over.abort();
    }
  }

  async #ensure(): Promise<Helper | NoHelper> {
    const now = this.#clock.now();
    const isRetry = now - (this.#refusedAt ?? now) >= AGAIN;
    this.#wanted = this.#wish();
    const helper = await ensureHelper(this.#client, this.#wanted, {
      clock: this.#clock,
      timeout: this.#startTimeout,
      signal: this.#closing.signal,
      watch: this.#watch,
      isLeaving: this.#removal?.isLeaving,
      isRetry,
    });
    if (helper.kind === 'running') this.#found = helper;
    else this.#helper = undefined;
    if (helper.kind !== 'refused') this.#refusedAt = undefined;
    else if (isRetry) this.#refusedAt = now;
    else this.#refusedAt ??= now;
    return helper;
  }

  async #exec(pod: Ref, command: ShellCommand, signal: AbortSignal | undefined): Promise<ShellResult> {
    const ending = signal === undefined ? this.#closing.signal : AbortSignal.any([this.#closing.signal, signal]);
    const { argv, stdin } = command;
    const limits = { ...limitsOf(command), signal: ending };
    try {
      const withInput = stdin === undefined ? {} : { stdin };
      return told(await this.#client.exec(pod, { ...limits, ...withInput, command: argv }), limits.timeout);
    } catch (error) {
      if (stdin !== undefined && error instanceof ApiError && error.reason === 'UnsupportedProtocol')
        return this.#execWithoutInput(pod, { argv, stdin, limits });
      return this.#failed(error);
    }
  }

  /** For API servers before 1.30, which cannot be told where the input ends. */
  async #execWithoutInput(
    pod: Ref,
    {
      argv,
      stdin,
      limits,
    }: { argv: ShellCommand['argv']; stdin: string; limits: ReturnType<typeof limitsOf> & { signal: AbortSignal } },
  ): Promise<ShellResult> {
    if (Buffer.byteLength(stdin) > LONGEST_ARGUMENT || stdin.includes('\0') || !stdin.isWellFormed())
      return {
        kind: 'refused',
        message: 'this API server cannot pass on so much input (it is older than 1.30): nothing was run',
      };
    try {
      const command = ['sh', '-c', FEED, 'sh', stdin, ...argv] as const;
      return told(await this.#client.exec(pod, { ...limits, command }), limits.timeout);
    } catch (error) {
      return this.#failed(error);
    }
  }

  #failed(error: unknown): ShellResult {
    if (!(error instanceof ApiError)) throw error;
    const started = notStarted(error);
    if (started !== undefined) return started;
    // Whatever it was, the next command looks whether the pod is still there.
    this.#helper = undefined;
    // A pod that is gone is not a refusal: it is made anew.
    return error.status === 404 ? { kind: 'unreachable', message: error.message } : failure(error);
  }
}

function noWay({ message, ...helper }: NoHelper): Error {
  const isForbidden = helper.kind === 'refused' && helper.forbidden === true;
  if (!isForbidden) return new Error(message);
  return new ApiError(message, {
    status: 403,
    reason: 'Forbidden',
    verb: 'create',
    resource: 'pods',
    outcome: 'refused',
  });
}

/** Bytes of one argument, well below Linux's MAX_ARG_STRLEN (128 KiB). */
const LONGEST_ARGUMENT = 96 * 1024;

/** Feeds the first argument to the command the others are. It contains nothing that anybody wrote. */
const FEED = 'input=$1; shift; printf %s "$input" | "$@"';

function told(outcome: ExecOutcome, timeout: number): ShellResult {
  return outcome.kind === 'exited' ? outcome : { ...outcome, after: timeout };
}

/** A program that is not there, or that may not be run, is an exit code to a shell; to the container runtime it is an error. */
function notStarted(error: ApiError): ShellResult | undefined {
  if (error.status !== 500 || !/unable to start container process|failed to start exec|exec failed/.test(error.message))
    return undefined;
  const exited = { kind: 'exited', stdout: '', stderr: error.message, truncated: false } as const;
  if (/executable file not found|no such file or directory/.test(error.message)) return { ...exited, code: 127 };
  return error.message.includes('permission denied') ? { ...exited, code: 126 } : undefined;
}
