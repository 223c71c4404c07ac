// Wires the client's parts together: credentials, one dispatcher, retries, watches, streams to pods, and the way to end them.
import { KubeConfig } from '@kubernetes/client-node';
import { Registry } from 'prom-client';
import { ConnectionDestroyed } from '../errors.ts';
import type { ConnectOptions, Connection } from '../options.ts';
import { systemRandom } from '../system-clock.ts';
import { createClientMetrics } from './client-metrics.ts';
import { createCredentialSource } from './credentials.ts';
import { createExecutor } from './exec.ts';
import { createPortForwarder } from './port-forward.ts';
import { createRestClient } from './rest-client.ts';
import { createRequester, type Requester } from './retry.ts';
import { createTransport } from './transport.ts';
import { createWatcher, type Watcher } from './watch-stream.ts';

/** What the runtime itself needs beyond the public face. */
export type Wire = { readonly requester: Requester; readonly watcher: Watcher; readonly fieldManager: string };

const wires = new WeakMap<Connection, Wire>();

export function connect(options: ConnectOptions): Connection {
  const { clock, log, userAgent, fieldManager, random = systemRandom } = options;
  const registry = options.registry ?? new Registry();
  const life = new AbortController();
  const destroyed = life.signal;
  let host = '';
  const credentials = createCredentialSource(async () => {
    const config = await loadConfig(options.kubeConfig);
    host = new URL(config.getCurrentCluster()?.server ?? 'http://unknown').host;
    return config;
  }, clock);
  const metrics = createClientMetrics(registry, () => host);
  const transport = createTransport(credentials, userAgent, destroyed);
  const requester = createRequester({ transport, metrics, clock, random, log, destroyed });
  const watcher = createWatcher(transport, metrics, clock, destroyed);
  const client = createRestClient(requester, fieldManager, {
    portForward: createPortForwarder(credentials, userAgent, destroyed),
    exec: createExecutor(credentials, userAgent, destroyed),
  });

  const connection: Connection = {
    client,
    registry,
    destroyed,
    close: () => credentials.close(),
    destroy() {
      life.abort(new ConnectionDestroyed());
      credentials.destroy();
    },
  };
  options.signal?.addEventListener('abort', () => void connection.close(), { once: true });
  wires.set(connection, { requester, watcher, fieldManager });
  return connection;
}

/** The inner side of a connection made by `connect`. */
export function wireOf(connection: Connection): Wire {
  const wire = wires.get(connection);
  if (wire === undefined) throw new Error('this connection was not made by connect()');
  return wire;
}

async function loadConfig(given: KubeConfig | string): Promise<KubeConfig> {
  if (typeof given !== 'string') return given;
  const config = new KubeConfig();
  if (given.includes('\n')) config.loadFromString(given);
  else config.loadFromFile(given);
  return config;
}
