// An operator that is held to the rights of the chart, the migrations somebody gives it, and what happens to those once in a while:
// some rights are for that only.
import type { Connection, Log } from 'kopf-ts';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS } from '../../src/api/kinds.ts';
import type { MigrationStatus } from '../../src/api/migration.ts';
import { ANNOTATION_RETRY, API_VERSION } from '../../src/api/names.ts';
import { helperPod, PODS } from '../../src/node/helper-pod.ts';
import { migrationOperator } from '../../src/operator/migration-operator.ts';
import { until } from '../lab/until.ts';
import { keepRunning } from '../scenarios/simulator-operator.ts';
import { USER, type Held } from './held.ts';

export const NAMESPACE = 'proxymode-system';
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const NAMESPACES = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false } as const;
/** Real milliseconds, for what takes five seconds where nothing else runs. */
const patience = { within: 60_000 };

export type HeldOperator = {
  migrate(name: string, spec: object): Promise<void>;
  retry(name: string): Promise<void>;
  /** Waits until `is` says so of the migration's status; rejects with what it says instead. */
  reaches(name: string, is: (status: MigrationStatus) => boolean | Promise<boolean>): Promise<void>;
  readonly mishaps: Mishaps;
  close(): Promise<void>;
};

/** Each makes an operator need what it hardly ever needs. */
type Mishaps = {
  /** The API server says of the next kube-proxy pod that is to be deleted that it is another one: is it gone? */
  kubeProxyIsAnother(): void;
  /** A record says that it is about another node of the same name. */
  recordOfAnother(record: string): Promise<void>;
  /** Nothing is heard of helper pods until they have been asked for: are they there? */
  deafToHelpers(): () => Promise<void>;
  /** When the next helper pod is to be made, those of another making stand in the place of all. */
  strangeHelpers(migration: string): void;
};

export async function heldOperator(held: Held): Promise<HeldOperator> {
  const { simulator, dial } = held;
  const { clock } = simulator;
  const author = dial('admin');
  const { client } = author;
  await client.create(NAMESPACES, { metadata: { name: NAMESPACE } });
  const leaderElection = { namespace: NAMESPACE, name: 'proxymode' };
  const operator = keepRunning(() => {
    const connection = dial(USER);
    const options = { connection, clock, log: quiet, namespace: NAMESPACE, identity: 'operator', leaderElection };
    return { connection, run: (signal) => migrationOperator(options).run(signal) };
  });
  return {
    migrate: async (name, spec) => {
      const object = { apiVersion: API_VERSION, kind: PROXY_MODE_MIGRATIONS.kind, metadata: { name } };
      await client.apply(PROXY_MODE_MIGRATIONS, { ...object, spec: { mode: 'nftables', ...spec } });
    },
    retry: async (name) => {
      const annotations = { [ANNOTATION_RETRY]: String(clock.now()) };
      await client.mergePatch(PROXY_MODE_MIGRATIONS, { name }, { metadata: { annotations } });
    },
    reaches: async (name, is) => {
      let last: MigrationStatus = {};
      const isThere = async (): Promise<boolean> => {
        last = (await client.get(PROXY_MODE_MIGRATIONS, { name }))?.status ?? {};
        return await is(last);
      };
      try {
        await until(`${name} to get there`, isThere, patience);
      } catch (error) {
        throw new Error(`${name} is ${last.phase}: ${last.message}`, { cause: error });
      }
    },
    mishaps: mishapsOn(held, author),
    close: async () => {
      await operator.stop();
      operator.mustLive();
      await author.close();
      await simulator.close();
    },
  };
}

function mishapsOn({ simulator: { faults, nodes, requests, store } }: Held, { client }: Connection): Mishaps {
  const helpers = { resource: 'pods', namespace: NAMESPACE };
  return {
    kubeProxyIsAnother: () => {
      const match = { verb: 'delete', resource: 'pods', namespace: 'kube-system', user: USER } as const;
      faults.add({ kind: 'reply', status: 409, match });
    },
    recordOfAnother: async (name) => {
      await client.mergePatch(NODE_MIGRATIONS, { name }, { spec: { nodeUID: 'of-another' } });
    },
    deafToHelpers: () => {
      const listen = faults.watches.freeze(helpers);
      return async () => {
        const isAsked = (): boolean => requests.countBy(() => '', { ...helpers, verb: 'get', user: USER }).size > 0;
        await until('a helper pod to be asked for', isAsked, patience);
        listen();
      };
    },
    strangeHelpers: (name) => {
      const stand = (): boolean => {
        // At once, and not by requests: the operator's own are under way.
        const uid = store.get(PROXY_MODE_MIGRATIONS, { name })?.metadata.uid ?? '';
        const owner = { apiVersion: API_VERSION, kind: PROXY_MODE_MIGRATIONS.kind, name, uid };
        for (const node of nodes)
          store.create(
            PODS,
            helperPod(node.name, { kind: 'inspect' }, { namespace: NAMESPACE, owner, image: 'another' }),
          );
        return false;
      };
      faults.add({ kind: 'before', match: { ...helpers, verb: 'create', user: USER }, call: stand });
    },
  };
}
