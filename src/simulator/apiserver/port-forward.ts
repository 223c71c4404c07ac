// pods/<name>/portforward over WebSocket, framed as the kubelet does: two channels for each port (data, then error), every
// message begins with its channel's number, and both channels open with the port as two little-endian bytes.
// kubectl's SPDY tunnel (subprotocol SPDY/3.1+portforward.k8s.io) is not spoken.
import { PassThrough, type Duplex } from 'node:stream';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import type { PodStream, PodStreams } from './pod-stream.ts';
import { badRequest } from './status-errors.ts';

/** What the kubelet speaks, in order of preference; a client that names none gets the binary channels. */
const PROTOCOLS = ['v4.channel.k8s.io', 'portforward.k8s.io'];

/** Bytes waiting in the socket above which the pod is not read any further. */
const HIGH_WATER = 1024 * 1024;

export function createPortForwards(): PodStreams {
  const server = new WebSocketServer({
    noServer: true,
    handleProtocols: (offered) => PROTOCOLS.find((name) => offered.has(name)) ?? false,
  });
  return {
    check: portsOf,
    speaks: (offered) => offered === undefined || offered.split(',').some((name) => PROTOCOLS.includes(name.trim())),
    accept(request, { socket, head }, stream) {
      server.handleUpgrade(request, socket, head, (connection) => void forward(connection, stream));
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

/** `ports=80&ports=443`, or with commas. Throws BadRequest for what is no port. */
function portsOf(query: URLSearchParams): readonly number[] {
  const ports = query
    .getAll('ports')
    .flatMap((value) => value.split(','))
    .map(Number);
  if (ports.length === 0) throw badRequest('query parameter "ports" is required');
  if (!ports.every((port) => Number.isInteger(port) && port > 0 && port < 65536))
    throw badRequest('unable to parse ports');
  return ports;
}

type Forwarding = PodStream & { readonly ports: readonly number[] };

/** Ends when every port's stream has ended, or the client has. */
async function forward(connection: WebSocket, stream: PodStream): Promise<void> {
  const forwarding: Forwarding = { ...stream, ports: portsOf(stream.query) };
  // What the client sends before the pod is reached waits here, as it does in the kubelet.
  const inputs = forwarding.ports.map(() => new PassThrough());
  connection.on('message', (message) => receive(bytes(message), inputs));
  connection.on('error', () => connection.terminate());
  connection.on('close', () => {
    for (const input of inputs) input.destroy();
  });
  for (const [index, port] of forwarding.ports.entries()) {
    for (const channel of [index * 2, index * 2 + 1]) connection.send(Buffer.from([channel, port & 0xff, port >> 8]));
  }
  await Promise.all(inputs.map((input, index) => forwardPort(connection, { forwarding, input, index })));
  connection.close(1000);
}

function bytes(message: RawData): Buffer {
  if (Array.isArray(message)) return Buffer.concat(message);
  return Buffer.isBuffer(message) ? message : Buffer.from(message);
}

/** Even channels carry data; what comes on error channels, or for a port that is done, is nobody's. */
function receive(message: Buffer, inputs: readonly PassThrough[]): void {
  const channel = message[0] ?? 0;
  if (channel % 2 === 0 && message.length > 1) inputs[channel / 2]?.write(message.subarray(1));
}

type Port = { readonly forwarding: Forwarding; readonly input: PassThrough; readonly index: number };

async function forwardPort(connection: WebSocket, { forwarding, input, index }: Port): Promise<void> {
  const port = forwarding.ports[index] ?? 0;
  try {
    const stream = await forwarding.backend.dial(forwarding.ref, port);
    input.on('close', () => stream.destroy());
    if (input.destroyed) stream.destroy();
    else input.pipe(stream);
    await pump(stream, connection, index * 2);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const { name, namespace, uid } = forwarding.pod.metadata;
    send(
      connection,
      index * 2 + 1,
      Buffer.from(`error forwarding port ${port} to pod ${name}_${namespace}, uid ${uid}: ${why}`),
    );
  }
}

function send(connection: WebSocket, channel: number, data: Buffer): void {
  if (connection.readyState === WebSocket.OPEN) connection.send(Buffer.concat([Buffer.from([channel]), data]));
}

async function pump(stream: Duplex, connection: WebSocket, channel: number): Promise<void> {
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    send(connection, channel, Buffer.from(chunk));
    if (connection.bufferedAmount > HIGH_WATER) await drained(connection);
  }
}

function drained(connection: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    connection.once('close', () => resolve());
    connection.ping(undefined, undefined, () => resolve());
  });
}
