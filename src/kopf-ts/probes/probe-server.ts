// /healthz, /readyz and /metrics. Liveness: the loops beat. Readiness: the caches are synced; not "is the leader", or a
// standby would never become ready and a rollout of the operator itself would hang.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

/** What is wrong, one line each; empty: all is well. */
export type Probe = () => readonly string[];

export type ProbeServer = { readonly port: number; close(): void };

export async function startProbeServer(
  address: { readonly host: string; readonly port: number },
  probes: { readonly live: Probe; readonly ready: Probe },
  registry: Registry,
): Promise<ProbeServer> {
  const server = createServer((request, response) => {
    answer(request, response, probes, registry).catch((error: unknown) => {
      // A collector that throws must not take the process down with an unhandled rejection.
      response.writeHead(500, { 'content-type': 'text/plain' }).end(`${String(error)}\n`);
    });
  });
  await listen(server, address);
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  probes: { readonly live: Probe; readonly ready: Probe },
  registry: Registry,
): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname;
  if (path === '/metrics') {
    const text = await registry.metrics();
    response.writeHead(200, { 'content-type': registry.contentType }).end(text);
  } else if (path === '/healthz') report(response, probes.live());
  else if (path === '/readyz') report(response, probes.ready());
  else response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
}

function report(response: ServerResponse, problems: readonly string[]): void {
  response.writeHead(problems.length === 0 ? 200 : 503, { 'content-type': 'text/plain' });
  response.end(problems.length === 0 ? 'ok\n' : `${problems.join('\n')}\n`);
}

function listen(server: Server, { host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
