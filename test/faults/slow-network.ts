// A network between one client and the API server in which a write can stay on its way, and arrive after its sender has
// died: a proxy queue, a slow load balancer, a server that was busy. Everything else passes at once.
import { once } from 'node:events';
import { createServer, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';

export type Passing = { readonly method: string; readonly path: string };

export type SlowNetwork = {
  readonly url: string;
  /** Resolves when nothing that changes something is on its way any more. */
  quiet(): Promise<void>;
  close(): Promise<void>;
};

/** `pass` is asked for each request once all of it has left its sender, and lets it go on when it resolves. */
export async function slowNetwork(
  server: string,
  pass: (request: Passing) => Promise<void> | undefined,
): Promise<SlowNetwork> {
  const { hostname, port } = new URL(server);
  const onTheirWay = new Set<Promise<void>>();
  const target = { host: hostname, port: Number(port) };

  async function forward(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = incoming;
    const body = await buffer(incoming);
    await pass({ method, path });
    const outgoing = send({ ...target, method, path, headers });
    outgoing.end(body);
    // Whoever asked may be gone by now: a read dies with them, a write is on its way.
    if (method === 'GET') answer.once('close', () => outgoing.destroy());
    const [reply] = (await once(outgoing, 'response')) as [IncomingMessage];
    answer.writeHead(reply.statusCode ?? 502, reply.headers);
    await pipeline(reply, answer);
  }

  function begin(incoming: IncomingMessage, answer: ServerResponse): void {
    // Its sender, or the server, has ended it: the other side learns it in the same way.
    const ending = forward(incoming, answer).catch(() => void answer.destroy());
    if (incoming.method === 'GET') return;
    onTheirWay.add(ending);
    void ending.finally(() => onTheirWay.delete(ending));
  }

  /** Port forwarding. */
  function tunnel(incoming: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { method = 'GET', url: path = '/', rawHeaders } = incoming;
    const lines = Array.from(
      { length: rawHeaders.length / 2 },
      (_, i) => `${rawHeaders[2 * i]}: ${rawHeaders[2 * i + 1]}`,
    );
    const upstream = connect(target);
    upstream.write([`${method} ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n'));
    upstream.write(head);
    const end = (): void => void (socket.destroy(), upstream.destroy());
    socket.pipe(upstream).once('error', end).once('close', end);
    upstream.pipe(socket).once('error', end).once('close', end);
  }

  const proxy = createServer(begin);
  proxy.on('upgrade', tunnel);
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    quiet: async () => {
      while (onTheirWay.size > 0) await Promise.all(onTheirWay);
    },
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        proxy.closeAllConnections();
      }),
  };
}
