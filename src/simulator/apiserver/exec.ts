// pods/<name>/exec over WebSocket, framed as the kubelet does: a message's first byte is its channel (0 stdin, 1 stdout,
// 2 stderr, 3 the result as a Status), and with v5 the client ends its input by 255 and the channel's number.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { PassThrough } from 'node:stream';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import type { ExecRequest } from '../types.ts';
import { isTrue } from './request-info.ts';
import type { PodStream, PodStreams } from './pod-stream.ts';
import { badRequest } from './status-errors.ts';

export const V4 = 'v4.channel.k8s.io';
export const V5 = 'v5.channel.k8s.io';

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;
const RESULT = 3;
const CLOSE = 255;

/** @param protocols in order of preference; before Kubernetes 1.30 there was no v5. */
export function createExecs(protocols: readonly string[] = [V5, V4]): PodStreams {
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => protocols.find((name) => offered.has(name)) ?? false,
  });
  return {
    check(query) {
      if (query.getAll('command').length === 0)
        throw badRequest('you must specify at least one command for the container');
    },
    speaks: (offered) => offered?.split(',').some((name) => protocols.includes(name.trim())) ?? false,
    accept(request: IncomingMessage, { socket, head }: { socket: Duplex; head: Buffer }, stream: PodStream) {
      server.handleUpgrade(request, socket, head, (connection) => void run(connection, stream));
    },
    cut() {
      for (const connection of server.clients) connection.terminate();
    },
    close() {
      this.cut();
      server.close();
    },
  };
}

async function run(connection: WebSocket, { ref, query, backend }: PodStream): Promise<void> {
  const gone = new AbortController();
  const stdin = new PassThrough();
  connection.on('message', (message) => receive(bytes(message), stdin));
  connection.on('error', () => connection.terminate());
  connection.on('close', () => {
    gone.abort();
    stdin.destroy();
  });
  if (!isTrue(query.get('stdin'))) stdin.end();
  const request: ExecRequest = {
    command: query.getAll('command'),
    stdin,
    stdout: (chunk) => send(connection, STDOUT, chunk),
    stderr: (chunk) => send(connection, STDERR, chunk),
    signal: gone.signal,
  };
  const container = query.get('container') ?? undefined;
  const status = await end(() => backend.exec(ref, container === undefined ? request : { ...request, container }));
  send(connection, RESULT, JSON.stringify({ metadata: {}, ...status }));
  connection.close(1000);
}

/** The Status as the kubelet writes it: without a kind. */
async function end(program: () => Promise<number>): Promise<object> {
  try {
    const code = await program();
    if (code === 0) return { status: 'Success' };
    const message = `command terminated with non-zero exit code: exit status ${code}`;
    const details = { causes: [{ reason: 'ExitCode', message: String(code) }] };
    return { status: 'Failure', message, reason: 'NonZeroExitCode', details };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `Internal error occurred: error executing command in container: ${why}`;
    return { status: 'Failure', message, reason: 'InternalError', details: { causes: [{ message: why }] }, code: 500 };
  }
}

function receive(message: Buffer, stdin: PassThrough): void {
  if (message[0] === STDIN) stdin.write(message.subarray(1));
  if (message[0] === CLOSE && message[1] === STDIN) stdin.end();
}

function bytes(message: RawData): Buffer {
  if (Array.isArray(message)) return Buffer.concat(message);
  return Buffer.isBuffer(message) ? message : Buffer.from(message);
}

function send(connection: WebSocket, channel: number, data: Buffer | string): void {
  if (connection.readyState === WebSocket.OPEN)
    connection.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]));
}
