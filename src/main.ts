// The operator process: reads the environment, wires real things together, and ends with a code that tells why.
import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { connect, LeadershipLost, systemClock } from 'kopf-ts';
import { migrationOperator } from './operator/migration-operator.ts';
import { winstonLog } from './operator/winston-log.ts';

const SERVICE_ACCOUNT_NAMESPACE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

const env = process.env;
const log = winstonLog({ level: env['LOG_LEVEL'] ?? 'info', pretty: process.stderr.isTTY });

function ownNamespace(): string {
  if (env['POD_NAMESPACE'] !== undefined) return env['POD_NAMESPACE'];
  try {
    return readFileSync(SERVICE_ACCOUNT_NAMESPACE, 'utf8').trim();
  } catch {
    // Not in a cluster: any namespace that exists everywhere will do for the lease.
    return 'kube-system';
  }
}

/** `HTTP_ADDRESS=host:port`; loopback by default, because outside a cluster nobody else needs it. */
function address(text: string): { host: string; port: number } {
  const at = text.lastIndexOf(':');
  const port = Number(text.slice(at + 1));
  if (at < 0 || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`HTTP_ADDRESS must be host:port, for example 127.0.0.1:8080, not "${text}"`);
  }
  return { host: text.slice(0, at), port };
}

async function main(): Promise<number> {
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromDefault();
  const server = kubeConfig.getCurrentCluster()?.server;
  if (server === undefined) {
    log.error('no cluster to work on: set KUBECONFIG, or run in a cluster with a service account');
    return 2;
  }
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const connection = connect({
    kubeConfig,
    fieldManager: 'proxymode',
    userAgent: 'proxymode',
    clock: systemClock,
    log,
  });
  const operator = migrationOperator({
    connection,
    clock: systemClock,
    log,
    ownNode: env['NODE_NAME'],
    ...(env['POD_NAME'] === undefined ? {} : { identity: env['POD_NAME'] }),
    leaderElection: { namespace: ownNamespace(), name: 'proxymode' },
    http: address(env['HTTP_ADDRESS'] ?? '127.0.0.1:0'),
  });
  log.info('starting', { server });
  try {
    await operator.run(stop.signal);
    log.info('stopped');
    return 0;
  } catch (error) {
    if (error instanceof LeadershipLost)
      log.warn('leadership was lost; another replica goes on', { reason: error.message });
    else
      log.error('the operator failed', {
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      });
    return 1;
  } finally {
    await connection.close();
  }
}

process.exitCode = await main();
