// A command's stay in a cluster: chosen, connected, and left, whatever happens; what went wrong comes out as one sentence.
import { ApiError, connect, systemClock, type Client, type Connection, type Log } from 'kopf-ts';
import { CommandError } from './command-error.ts';
import type { ClusterFlags } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { chooseCluster } from './kubeconfig.ts';

const NAME = 'kubectl-proxymode';

/** What goes wrong is in the errors; requests that are repeated are nobody's concern here. */
export const SILENT: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => SILENT,
};

export type Cluster = {
  readonly client: Client;
  readonly connection: Connection;
  /** The URL of the API server. */
  readonly server: string;
  readonly context: string;
  /** The context's own. */
  readonly namespace: string;
  /** Fires when a person interrupts, or when --timeout is over. */
  readonly signal: AbortSignal;
};

/** Resolves with the work's exit code. Rejects with CommandError where nothing could be found out or done. */
export async function inCluster(
  flags: ClusterFlags,
  interrupt: AbortSignal,
  work: (cluster: Cluster) => Promise<number>,
): Promise<number> {
  const { kubeConfig, server, context, namespace } = chooseCluster(flags);
  const signal =
    flags.timeout === Infinity ? interrupt : AbortSignal.any([interrupt, AbortSignal.timeout(flags.timeout)]);
  const names = { fieldManager: NAME, userAgent: NAME };
  const connection = connect({ kubeConfig, ...names, clock: systemClock, log: SILENT });
  try {
    return await work({ client: connection.client, connection, server, context, namespace, signal });
  } catch (error) {
    if (interrupt.aborted) return EXIT.interrupted;
    // What the work itself says of the time that is over says more.
    if (!signal.aborted || error instanceof CommandError) throw inWords(error, server);
    const message = `not done within ${flags.timeout / 1000} s; give it more time with --timeout`;
    throw new CommandError(message, { cause: error });
  } finally {
    connection.destroy();
  }
}

/** What the API server refuses it says itself, with the verb and the resource; what never reached it is said here. */
function inWords(error: unknown, server: string): unknown {
  if (!(error instanceof ApiError)) return error;
  const [said = ''] = error.message.split('\n', 1);
  if (error.status === 401)
    return new CommandError(`the API server ${server} does not accept your credentials (401)`, { cause: error });
  if (error.status === 0)
    return new CommandError(`the API server ${server} cannot be reached: ${said}`, { cause: error });
  return new CommandError(said, { cause: error });
}
