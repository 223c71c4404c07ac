// Migrations of the VM's kube-proxy: the operator is a process in the lab's network, outside the VM, and reaches the VM
// over SSH with a key from a Secret and host keys from a ConfigMap, as a user with exactly the rights the chart gives for that.
import { readFileSync } from 'node:fs';
import { connect, systemClock, type Client, type Connection, type Log, type Resource } from 'kopf-ts';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS, type ProxyModeMigration } from '../../../src/api/kinds.ts';
import type { MigrationStatus } from '../../../src/api/migration.ts';
import { API_VERSION, LABEL_MIGRATION } from '../../../src/api/names.ts';
import type { NodeMigrationStatus } from '../../../src/api/node-migration.ts';
import { startOperator, type OperatorProcess } from '../operator-process.ts';
import { installCrds } from '../crds.ts';
import { OPERATOR_NAMESPACE as NAMESPACE, operatorUser } from '../operator-user.ts';
import { until } from '../until.ts';
import type { Vm } from './vm.ts';

/** The only Secret the chart's rights for SSH let it read, see test/chart/shapes.ts. */
const KEY = 'nodes-ssh';
const HOSTS = 'known-hosts';
/** An emulated processor takes its time. */
export const patience = { within: 420_000, every: 500 };
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

/** Beside what every migration here has: more of nodeAccess.ssh, and of kubeProxy.systemd. */
export type Way = {
  readonly ssh?: Readonly<Record<string, unknown>>;
  readonly systemd?: Readonly<Record<string, unknown>>;
};

export type Migrations = {
  readonly client: Client;
  startOperator(identity?: string): OperatorProcess;
  /** The host keys the operator believes in; those of the VM when left out. */
  knowHosts(text?: string): Promise<void>;
  apply(name: string, spec: Readonly<Record<string, unknown>>, way?: Way): Promise<void>;
  get(name: string): Promise<ProxyModeMigration | undefined>;
  /** Waits for one of these phases; rejects with what was there instead. */
  phase(name: string, ...phases: readonly string[]): Promise<MigrationStatus>;
  /** Waits for Stalled with this reason. */
  stalled(name: string, reason: string): Promise<MigrationStatus>;
  /** Of the VM's node, unless another name is given. */
  record(name: string, node?: string): Promise<NodeMigrationStatus>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
};

export async function migrationsOn(vm: Vm): Promise<Migrations> {
  const { lab } = vm;
  await installCrds(lab);
  const user = await operatorUser({ ...lab, kubeconfig: vm.kubeconfigInside }, 'ssh');
  const own = { kubeConfig: lab.kubeconfig, fieldManager: 'vm-tests', userAgent: 'vm-tests' };
  const connection: Connection = connect({ ...own, clock: systemClock, log: quiet });
  const { client } = connection;
  const operators: OperatorProcess[] = [];
  await clear(client);
  await put(client, SECRETS, KEY, { stringData: { 'ssh-privatekey': readFileSync(vm.key, 'utf8') } });

  const knowHosts = (text = readFileSync(vm.knownHosts, 'utf8')): Promise<void> =>
    put(client, CONFIG_MAPS, HOSTS, { data: { known_hosts: text } });
  await knowHosts();

  const statusOf = async (name: string): Promise<MigrationStatus> =>
    (await client.get(PROXY_MODE_MIGRATIONS, { name }))?.status ?? {};

  async function reached(
    name: string,
    what: string,
    isThere: (status: MigrationStatus) => boolean,
  ): Promise<MigrationStatus> {
    let last: MigrationStatus = {};
    try {
      await until(
        `${name} to be ${what}`,
        async () => {
          last = await statusOf(name);
          return isThere(last);
        },
        patience,
      );
      return last;
    } catch (error) {
      throw new Error(`${name} is ${last.phase ?? 'untouched'} (${last.message ?? ''}), not ${what}`, { cause: error });
    }
  }

  return {
    client,
    startOperator: (identity = 'vm-operator') => {
      const home = { state: lab.state, namespace: NAMESPACE };
      const operator = startOperator(home, identity, user, (argv) => vm.inside(argv));
      operators.push(operator);
      return operator;
    },
    knowHosts,
    apply: async (name, spec, { ssh: more = {}, systemd } = {}) => {
      const ssh = { secretRef: { name: KEY }, knownHosts: { name: HOSTS }, ...more };
      const kubeProxy = { type: 'Systemd', ...(systemd === undefined ? {} : { systemd }) };
      const ways = { kubeProxy, nodeAccess: { type: 'SSH', ssh } };
      const object = { apiVersion: API_VERSION, kind: PROXY_MODE_MIGRATIONS.kind, metadata: { name } };
      await client.apply(PROXY_MODE_MIGRATIONS, { ...object, spec: { ...ways, ...spec } });
    },
    get: (name) => client.get(PROXY_MODE_MIGRATIONS, { name }),
    phase: (name, ...phases) => reached(name, phases.join(' or '), ({ phase = '' }) => phases.includes(phase)),
    stalled: (name, reason) =>
      reached(name, `Stalled, ${reason}`, ({ conditions = [] }) =>
        conditions.some((one) => one.type === 'Stalled' && one.status === 'True' && one.reason === reason),
      ),
    record: async (name, node = vm.node) => {
      const { items } = await client.list(NODE_MIGRATIONS, { labelSelector: `${LABEL_MIGRATION}=${name}` });
      return items.find(({ spec }) => spec.nodeName === node)?.status ?? {};
    },
    remove: async (name) => {
      await client.delete(PROXY_MODE_MIGRATIONS, { name });
      const isGone = async (): Promise<boolean> => (await client.get(PROXY_MODE_MIGRATIONS, { name })) === undefined;
      await until(`${name} to be gone`, isGone, patience);
      // No garbage collector runs in this lab.
      const { items } = await client.list(NODE_MIGRATIONS, { labelSelector: `${LABEL_MIGRATION}=${name}` });
      for (const { metadata } of items) await client.delete(NODE_MIGRATIONS, { name: metadata.name });
      await client.delete(CONFIG_MAPS, { namespace: NAMESPACE, name: `proxymode-${name}` });
    },
    close: async () => {
      for (const operator of operators) if (operator.running) await operator.kill();
      await clear(client);
      await connection.close();
    },
  };
}

/** Takes away what an earlier run has left, without an operator: the finalizer is what would wait for one. */
async function clear(client: Client): Promise<void> {
  const kinds: readonly Resource[] = [PROXY_MODE_MIGRATIONS, NODE_MIGRATIONS];
  for (const kind of kinds) {
    for (const { metadata } of (await client.list(kind)).items) {
      const { name, finalizers = [] } = metadata;
      if (finalizers.length > 0) await client.mergePatch(kind, { name }, { metadata: { finalizers: null } });
      await client.delete(kind, { name });
    }
  }
  const left = await client.list(CONFIG_MAPS, { namespace: NAMESPACE, labelSelector: LABEL_MIGRATION });
  for (const { metadata } of left.items)
    await client.delete(CONFIG_MAPS, { namespace: NAMESPACE, name: metadata.name });
  await client.delete(LEASES, { namespace: NAMESPACE, name: 'proxymode' });
}

async function put(client: Client, kind: typeof SECRETS, name: string, content: object): Promise<void> {
  const object = { apiVersion: 'v1', kind: kind.kind, metadata: { name, namespace: NAMESPACE }, ...content };
  await client.apply(kind, object);
}

const SECRETS = { group: '', version: 'v1', plural: 'secrets', kind: 'Secret', namespaced: true };
const CONFIG_MAPS = { ...SECRETS, plural: 'configmaps', kind: 'ConfigMap' };
const LEASES = { ...SECRETS, group: 'coordination.k8s.io', plural: 'leases', kind: 'Lease' };
