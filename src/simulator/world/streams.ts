// Connections to a kube-proxy's ports without a network: node's HTTP server is handed one end of a pair of in-memory
// streams, the caller gets the other. One server, which never listens, serves all processes of the world.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { duplexPair, type Duplex } from 'node:stream';
import { HEALTH_PORT, METRICS_PORT, pageOf } from './kube-proxy-pages.ts';
import type { KubeProxyProcess } from './kube-proxy-process.ts';

type Peer = { readonly process: KubeProxyProcess; readonly port: number };

export type Streams = {
  /** A connection to a port of the process, or undefined when nothing listens there. It breaks when the process ends. */
  connect(process: KubeProxyProcess, port: number): Duplex | undefined;
  close(): void;
};

export function createStreams(): Streams {
  const peers = new WeakMap<object, Peer>();
  const open = new Set<Duplex>();
  const server = createServer((request, response) => answer(peers.get(request.socket), request, response));
  // No timers: connections end with their process, their caller, or the world.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  server.headersTimeout = 0;
  return {
    connect(process, port) {
      if (!process.listening || (port !== METRICS_PORT && port !== HEALTH_PORT)) return undefined;
      return connect(server, { process, port }, peers, open);
    },
    close() {
      for (const stream of open) stream.destroy();
      server.close();
    },
  };
}

function connect(server: Server, peer: Peer, peers: WeakMap<object, Peer>, open: Set<Duplex>): Duplex {
  const [near, far] = duplexPair();
  peers.set(far, peer);
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    open.add(one);
    // A reset is an ending like another: whoever reads sees the stream close.
    one.on('error', () => other.destroy());
    one.once('close', () => {
      open.delete(one);
      other.destroy();
    });
  }
  peer.process.hold(far);
  server.emit('connection', far);
  return near;
}

function answer(peer: Peer | undefined, request: IncomingMessage, response: ServerResponse): void {
  const reading = peer?.process.reading();
  if (peer === undefined || reading === undefined) {
    request.socket.destroy();
    return;
  }
  const page = pageOf(peer.port, new URL(request.url ?? '/', 'http://localhost').pathname, reading);
  response.writeHead(page.status, {
    'Content-Type': page.contentType,
    'X-Content-Type-Options': 'nosniff',
    'Content-Length': Buffer.byteLength(page.body),
  });
  response.end(request.method === 'HEAD' ? '' : page.body);
}
