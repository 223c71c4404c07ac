// The operator process: reads the environment, wires real things together, and ends with a code that tells why.
import { readFileSync } from 'node:fs';
import { KubeConfig } from '@kubernetes/client-node';
import { connect, LeadershipLost, systemClock, type Log, type Operator, messageOf } from 'kopf-ts';
import { migrationOperator } from './operator/migration-operator.ts';
import { httpAddress, logLevel } from './operator/settings.ts';
import { winstonLog } from './operator/winston-log.ts';

const SERVICE_ACCOUNT_NAMESPACE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** Where client-node's own search ends when it finds nothing. */
const NOWHERE = 'http://localhost:8080';
const FAILED = 1;
const WRONG_SETTINGS = 2;

const env = process.env;

function ownNamespace(): string {
  if (env['POD_NAMESPACE'] !== undefined) return env['POD_NAMESPACE'];
  try {
    return readFileSync(SERVICE_ACCOUNT_NAMESPACE, 'utf8').trim();
  } catch {
    // Not in a cluster: any namespace that exists everywhere will do for the lease.
    return 'kube-system';
  }
}

/** Throws one sentence about the first setting that is wrong, before anything is begun. */
function settings() {
  const level = logLevel(env['LOG_LEVEL'] ?? 'info');
  // Loopback by default: outside a cluster nobody else needs it.
  const http = httpAddress(env['HTTP_ADDRESS'] ?? '127.0.0.1:0');
  const kubeConfig = new KubeConfig();
  try {
    kubeConfig.loadFromDefault();
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split('\n');
    throw new Error(`the kubeconfig ${env['KUBECONFIG'] ?? ''} cannot be read: ${reason}`, { cause: error });
  }
  const server = kubeConfig.getCurrentCluster()?.server;
  if (server === undefined || server === NOWHERE) {
    throw new Error('no cluster to work on: set KUBECONFIG, or run in a cluster with a service account');
  }
  return { level, http, kubeConfig, server };
}

async function main(): Promise<number> {
  let known: ReturnType<typeof settings>;
  try {
    known = settings();
  } catch (error) {
    process.stderr.write(`proxymode: ${messageOf(error)}\n`);
    return WRONG_SETTINGS;
  }
  const { level, http, kubeConfig, server } = known;
  const log = winstonLog({ level, pretty: process.stderr.isTTY });
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  const connection = connect({
    kubeConfig,
    fieldManager: 'proxymode',
    userAgent: 'proxymode',
    clock: systemClock,
    log,
  });
  const operator = (): Pick<Operator, 'run'> =>
    migrationOperator({
      connection,
      clock: systemClock,
      log,
      ownNode: env['NODE_NAME'],
      namespace: ownNamespace(),
      ...(env['POD_NAME'] === undefined ? {} : { identity: env['POD_NAME'] }),
      leaderElection: { namespace: ownNamespace(), name: 'proxymode' },
      http,
    });
  log.info('starting', { server });
  try {
    await lead(operator, stop.signal, log);
    log.info('stopped');
    return 0;
  } catch (error) {
    log.error('the operator failed', {
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
    return FAILED;
  } finally {
    await connection.close();
  }
}

/** A lost lease (an API server that was away is enough) ends one operator; the next one stands for election again. */
async function lead(operator: () => Pick<Operator, 'run'>, signal: AbortSignal, log: Log): Promise<void> {
  while (!signal.aborted) {
    try {
      await operator().run(signal);
    } catch (error) {
      if (!(error instanceof LeadershipLost)) throw error;
      log.warn('leadership was lost; standing for election again', { reason: error.message });
    }
  }
}

process.exitCode = await main();
