// One rollout on a simulated cluster, watched from the cluster's side: when nodes were verified, when pods were deleted, what
// was asked of the API server, and what the operator's process cost.
import { connect, systemClock, type Log } from 'kopf-ts';
import { crdYaml } from '../../src/api/crd-yaml.ts';
import {
  NODE_MIGRATIONS,
  PROXY_MODE_MIGRATIONS,
  type NodeMigration,
  type ProxyModeMigration,
} from '../../src/api/kinds.ts';
import { API_VERSION } from '../../src/api/names.ts';
import type { LoggedRequest } from '../../src/simulator/apiserver/request-log.ts';
import { startSimulator, type Simulator } from '../../src/simulator/start.ts';
import { PODS, type Stored, type StoreEvent } from '../../src/simulator/types.ts';
import { startOperatorProcess, type Memory, type OperatorProcess } from './operator-process.ts';

const NAME = 'bench';
const TARGET = 'nftables';
const BETWEEN_LOOKS = 100;

export type RolloutOptions = {
  readonly nodes: number;
  /** Nodes in transit at once. */
  readonly slots: number;
  /** Ends when so many nodes are switched; when all are, if left out. */
  readonly enough?: number;
  /** In milliseconds. */
  readonly patience: number;
};

export type Rollout = {
  readonly nodes: number;
  readonly switched: number;
  /** Of the operator, in the order of arrival. */
  readonly requests: readonly LoggedRequest[];
  /** Milliseconds since the epoch. */
  readonly verifiedAt: readonly number[];
  readonly deletedAt: readonly number[];
  /** Bytes of the migration's status as the API gives it, the largest there was. */
  readonly statusBytes: number;
  readonly memory: Memory;
  readonly processorTime: number;
  /** From the creation of the migration to the first deletion, and to the end, in milliseconds. */
  readonly firstDeletion: number;
  readonly duration: number;
  /** Why it did not come to its end in time, if it did not. */
  readonly problem: string | undefined;
};

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

export async function rollOut(options: RolloutOptions): Promise<Rollout> {
  const simulator = await startSimulator({
    clock: systemClock,
    nodes: options.nodes,
    mode: 'iptables',
    services: 100,
    seed: 1,
    crds: crdYaml().map(({ text }) => text),
  });
  const trace = traceOf(simulator);
  const operator = await startOperatorProcess(simulator.kubeconfig('proxymode'));
  try {
    const startedAt = await applyMigration(simulator, options);
    const problem = await untilDone(simulator, operator, trace, options);
    const duration = Date.now() - startedAt;
    if (problem === undefined && options.enough === undefined) await untilQuiet(simulator);
    return {
      nodes: options.nodes,
      switched: trace.verifiedAt.length,
      requests: simulator.requests.entries.filter(({ userAgent }) => userAgent === 'proxymode'),
      ...trace,
      memory: await operator.memory(),
      processorTime: await operator.processorTime(),
      firstDeletion: (trace.deletedAt[0] ?? Number.NaN) - startedAt,
      duration,
      problem,
    };
  } finally {
    await operator.stop();
    await simulator.close();
  }
}

type Trace = { readonly verifiedAt: number[]; readonly deletedAt: number[]; statusBytes: number };

function traceOf({ store }: Simulator): Trace {
  const trace: Trace = { verifiedAt: [], deletedAt: [], statusBytes: 0 };
  store.subscribe((event) => {
    const { plural } = event.resource;
    if (plural === NODE_MIGRATIONS.plural && phaseOf(event.object) === 'Switched' && phaseOf(event.old) !== 'Switched')
      trace.verifiedAt.push(Date.now());
    if (plural === PODS.plural && isDeletion(event) && isKubeProxy(event.object)) trace.deletedAt.push(Date.now());
    if (plural === PROXY_MODE_MIGRATIONS.plural) {
      const { status = {} } = event.object as Stored & ProxyModeMigration;
      trace.statusBytes = Math.max(trace.statusBytes, Buffer.byteLength(JSON.stringify(status)));
    }
  });
  return trace;
}

function phaseOf(object: Stored | undefined): string | undefined {
  return (object as (Stored & NodeMigration) | undefined)?.status?.phase;
}

/** Helper pods come and go, too. */
function isKubeProxy({ metadata }: Stored): boolean {
  return metadata.labels?.['k8s-app'] === 'kube-proxy';
}

function isDeletion({ type, object, old }: StoreEvent): boolean {
  return (
    type === 'MODIFIED' &&
    object.metadata.deletionTimestamp !== undefined &&
    old?.metadata.deletionTimestamp === undefined
  );
}

async function applyMigration(simulator: Simulator, { slots }: RolloutOptions): Promise<number> {
  const connection = connect({
    kubeConfig: simulator.kubeconfig('bench'),
    fieldManager: 'bench',
    userAgent: 'bench',
    clock: systemClock,
    log: silent,
  });
  const spec = { mode: TARGET, rollout: { maxUnavailable: slots } };
  await connection.client.apply(PROXY_MODE_MIGRATIONS, {
    apiVersion: API_VERSION,
    kind: PROXY_MODE_MIGRATIONS.kind,
    metadata: { name: NAME },
    spec,
  });
  await connection.close();
  return Date.now();
}

/** Resolves with why it was not done in time, if it was not. */
async function untilDone(
  simulator: Simulator,
  operator: OperatorProcess,
  trace: Trace,
  { enough, patience }: RolloutOptions,
): Promise<string | undefined> {
  const deadline = Date.now() + patience;
  for (;;) {
    const { status } = simulator.store.get(PROXY_MODE_MIGRATIONS, { name: NAME }) as Stored & ProxyModeMigration;
    if (enough !== undefined && trace.verifiedAt.length >= enough) return undefined;
    if (status?.phase === 'Succeeded' && allSwitched(simulator)) return undefined;
    operator.check();
    if (Date.now() > deadline)
      return `not done after ${patience / 1000} s; ${status?.phase ?? 'untouched'}: ${status?.message ?? ''}`;
    await systemClock.sleep(BETWEEN_LOOKS);
  }
}

/** By the records, and by the nodes themselves. */
function allSwitched({ store, nodes }: Simulator): boolean {
  return (
    store.list(NODE_MIGRATIONS).every((record) => phaseOf(record) === 'Switched') &&
    nodes.every((node) => node.proxyMode() === TARGET)
  );
}

/** Events are posted behind the work: they count too. */
async function untilQuiet({ requests }: Simulator): Promise<void> {
  const count = (): number => requests.entries.filter(({ resource }) => resource !== 'leases').length;
  let [before, now] = [-1, count()];
  while (now > before) {
    await systemClock.sleep(1000);
    [before, now] = [now, count()];
  }
}
