// A connection from the node itself to one of its own ports, through SSH (direct-tcpip, RFC 4254 7.2): how the /proxyMode of
// a kube-proxy that runs in no pod is read, which listens on the node's loopback only.
import { Duplex } from 'node:stream';
import type { ClientChannel } from 'ssh2';
import type { Connected } from './ssh-connection.ts';

export type DialOptions = {
  /** Milliseconds for getting the stream. */
  readonly timeout: number;
  /** Closes the stream as well, whenever it fires. */
  readonly signal?: AbortSignal | undefined;
};

/** `host` and `port` are as the node sees them. Rejects when nobody listens there, or the node is out of reach. */
export type Dial = (host: string, port: number, options: DialOptions) => Promise<Duplex>;

/** RFC 4254, 5.1: "administratively prohibited". */
const PROHIBITED = 1;

export async function dialSsh(
  { client, ended }: Connected,
  host: string,
  port: number,
  { timeout, signal }: DialOptions,
): Promise<Duplex> {
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  let isOver = false;
  const expire = (): void => reject(new Error(`${host}:${port} was not reached within ${timeout} ms`));
  const onAbort = (): void => reject(signal?.reason instanceof Error ? signal.reason : new Error('no longer wanted'));
  const onEnd = (): void => reject(ended.reason instanceof Error ? ended.reason : new Error('the connection ended'));
  const timer = setTimeout(expire, timeout);
  signal?.addEventListener('abort', onAbort, { once: true });
  ended.addEventListener('abort', onEnd, { once: true });
  try {
    signal?.throwIfAborted();
    client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
      if (error !== undefined) reject(explained(error, host, port));
      // Nobody waits for it any more.
      else if (isOver) channel.close();
      else resolve(asDuplex(channel));
    });
    return closedWith(await promise, AbortSignal.any(signal === undefined ? [ended] : [ended, signal]));
  } finally {
    isOver = true;
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    ended.removeEventListener('abort', onEnd);
  }
}

/**
 * A channel of ssh2 tells its end only to whoever reads all of it, and is never `destroyed`; this stream is both at once, as a
 * socket is.
 */
function asDuplex(channel: ClientChannel): Duplex {
  const stream = new Duplex({
    allowHalfOpen: false,
    read: () => void channel.resume(),
    write: (chunk, encoding, done) => void channel.write(chunk, encoding, done),
    final: (done) => void channel.end(done),
    destroy: (error, done) => {
      channel.close();
      channel.resume();
      done(error);
    },
  });
  channel.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) channel.pause();
  });
  channel.on('end', () => stream.push(null));
  channel.on('close', () => stream.destroy());
  channel.on('error', (error: Error) => stream.destroy(error));
  // Between two requests nobody listens; the next one finds the stream closed.
  stream.on('error', () => undefined);
  return stream;
}

function closedWith(stream: Duplex, signal: AbortSignal): Duplex {
  const close = (): void => void stream.destroy();
  if (signal.aborted) close();
  signal.addEventListener('abort', close, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', close));
  return stream;
}

function explained(cause: Error & { readonly reason?: unknown }, host: string, port: number): Error {
  const message =
    cause.reason === PROHIBITED
      ? `sshd does not let this user reach ${host}:${port} on the node: it needs AllowTcpForwarding local, and PermitOpen ${host}:${port} where that is set`
      : `nothing answers on ${host}:${port} of the node: ${cause.message}`;
  return new Error(message, { cause });
}
