// A Duplex on top of one port-forward WebSocket (framing: see port-forward.ts). It may be used like a TCP socket, by
// node:http among others: it never throws on a write after the other side has gone, it ends when the pod closes the
// connection, and an error text from the kubelet becomes its 'error'.
import { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import type { Link } from '../linked-signal.ts';

const DATA = 0;
const ERROR = 1;
/**
 * After the port numbers a failed dial takes a moment to be reported (same host, a loopback connect). Waiting this long
 * (ms) turns "connection refused" into a rejection instead of a stream that dies at once; a later one still ends the stream.
 */
const SETTLE = 20;

export type ChannelStream = {
  readonly duplex: Duplex;
  /** Resolves when both channels are open and no error has come; rejects with the kubelet's words. */
  readonly usable: Promise<void>;
};

export function createChannelStream(socket: WebSocket, life: Link): ChannelStream {
  const usable = Promise.withResolvers<void>();
  const awaiting = new Set([DATA, ERROR]);
  const duplex = new SocketLike({
    allowHalfOpen: false,
    read: () => socket.resume(),
    write(chunk: Buffer, _encoding, done) {
      duplex.touch();
      sendFrame(socket, chunk, done);
    },
    final(done) {
      socket.close(1000);
      done();
    },
    destroy(error, done) {
      life[Symbol.dispose]();
      duplex.setTimeout(0);
      // terminate() while connecting emits 'error', which is listened to below.
      socket.terminate();
      done(error);
    },
  });

  function fail(error: Error): void {
    usable.reject(error);
    duplex.destroy(error);
  }

  /** Called from an immediate, not straight from a timer: a busy process must first read what has already arrived. */
  function settled(): void {
    // A stream that is closing will say so itself.
    if (socket.readyState === socket.OPEN) usable.resolve();
  }

  function onMessage(raw: RawData): void {
    const message = toBuffer(raw);
    const channel = message[0] ?? -1;
    const payload = message.subarray(awaiting.has(channel) ? 3 : 1);
    if (awaiting.delete(channel) && awaiting.size === 0) setTimeout(() => setImmediate(settled), SETTLE);
    if (payload.length === 0 || duplex.destroyed) return;
    duplex.touch();
    if (channel === ERROR) fail(new Error(payload.toString('utf8').trim()));
    else if (channel === DATA && !duplex.push(payload)) socket.pause();
  }

  socket.on('message', onMessage);
  socket.on('error', fail);
  socket.on('close', (code, reason) => {
    usable.reject(new Error(`the stream was closed before it was usable (${code} ${reason.toString('utf8')})`));
    if (!duplex.destroyed) duplex.push(null);
  });
  life.signal.addEventListener('abort', () => fail(asError(life.signal.reason)), { once: true });
  // Whoever uses the stream listens too; without this one, an error nobody waits for would end the process.
  duplex.on('error', usable.reject);
  usable.promise.catch(() => {
    // Awaited by the dialler; once it has the stream, errors go to the stream.
  });
  return { duplex, usable: usable.promise };
}

/** What node:http expects of a socket beyond Duplex: its keep-alive agent calls these, and requests time out by them. */
class SocketLike extends Duplex {
  #idle: NodeJS.Timeout | undefined;
  #limit = 0;

  setTimeout(limit: number, onTimeout?: () => void): this {
    this.#limit = limit;
    if (onTimeout !== undefined) this.once('timeout', onTimeout);
    this.touch();
    return this;
  }

  /** Something moved: the idle time begins anew. */
  touch(): void {
    clearTimeout(this.#idle);
    if (this.#limit > 0 && !this.destroyed) this.#idle = setTimeout(() => this.emit('timeout'), this.#limit);
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

function sendFrame(socket: WebSocket, chunk: Buffer, done: (error?: Error | null) => void): void {
  const frame = Buffer.allocUnsafe(chunk.length + 1);
  frame[0] = DATA;
  chunk.copy(frame, 1);
  // ws calls back with an error, and does not throw, when the socket is closing or closed.
  socket.send(frame, (error) => done(error ?? null));
}

function toBuffer(raw: RawData): Buffer {
  if (Buffer.isBuffer(raw)) return raw;
  return Array.isArray(raw) ? Buffer.concat(raw) : Buffer.from(raw);
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
