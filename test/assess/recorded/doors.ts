// Port-forwards to the nodes of a recorded cluster: a stream to localhost:10249 there, whichever pod in the node's network it goes through.
import { createServer, type ServerResponse } from 'node:http';
import { duplexPair, type Duplex } from 'node:stream';
import type { Ref } from 'kopf-ts';
import { metricsPage } from './metrics-page.ts';
import type { RecordedCluster, Spoken } from './recorded-cluster.ts';

export type Doors = {
  /** Throws with containerd's words when nothing listens there. */
  dial(pod: Ref, port: number): Duplex;
  close(): void;
};

export function openDoors(cluster: RecordedCluster): Doors {
  const nodeOf = new Map(
    cluster.pods.map(({ metadata, spec }) => [`${metadata.namespace}/${metadata.name}`, spec?.nodeName ?? '']),
  );
  const speakers = new WeakMap<object, Spoken>();
  const server = createServer((request, response) => {
    const spoken = speakers.get(request.socket);
    if (spoken === undefined) request.socket.destroy();
    else answer(spoken, request.url ?? '/', response);
  });
  return {
    dial({ namespace, name }, port) {
      const spoken = cluster.spoken[nodeOf.get(`${namespace}/${name}`) ?? ''];
      if (spoken === undefined || port !== 10249)
        throw new Error(
          `failed to execute portforward in network namespace "host": failed to connect to localhost:${port} inside namespace "", IPv4: dial tcp4 127.0.0.1:${port}: connect: connection refused`,
        );
      const [near, far] = duplexPair();
      speakers.set(far, spoken);
      near.once('close', () => far.destroy());
      far.once('close', () => near.destroy());
      server.emit('connection', far);
      return near;
    },
    close: () => void server.close(),
  };
}

function answer(spoken: Spoken, path: string, response: ServerResponse): void {
  const body = { '/proxyMode': spoken.mode, '/metrics': metricsPage(spoken) }[path];
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(body ?? '404 page not found\n');
}
