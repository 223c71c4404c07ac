// What an operator really asks of the API server in two migrations on the simulator, one that succeeds and one that goes back, held
// against the chart's roles: nothing is asked that is not granted, and nothing is granted that nobody asks for.
import { connect, scaledClock, type Connection, type Log } from 'kopf-ts';
import { beforeAll, describe, expect, it } from 'vitest';
import { crdYaml } from '../../src/api/crd-yaml.ts';
import { PROXY_MODE_MIGRATIONS } from '../../src/api/kinds.ts';
import { API_VERSION } from '../../src/api/names.ts';
import { migrationOperator } from '../../src/operator/migration-operator.ts';
import { resourceName, type LoggedRequest } from '../../src/simulator/apiserver/request-log.ts';
import { startSimulator, type Simulator } from '../../src/simulator/start.ts';
import { until } from '../lab/until.ts';
import { keepRunning } from '../scenarios/simulator-operator.ts';
import { render, type Rule } from './render.ts';

const NAMESPACE = 'proxymode';
const USER = 'proxymode';
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const clock = scaledClock(5);

const NAMESPACES = { group: '', version: 'v1', plural: 'namespaces', kind: 'Namespace', namespaced: false } as const;

/** Granted, but for what these two migrations do not run into: each with the reason. */
const RARE: Readonly<Record<string, string>> = {
  'create pods/exec. in proxymode': 'a WebSocket is asked for with get, and since 1.35 with create as well',
  'create pods/portforward. in proxymode': 'the same',
  'delete pods. in proxymode': 'a helper pod of another making is in the way of the one that is wanted',
  'get nodemigrations.proxymode.dev in the cluster': 'a record is there already: whose is it?',
  'get pods. in kube-system': 'the answer to a deletion was lost: is it gone?',
  'get pods. in proxymode': 'a watch has not heard of a helper pod: is it there?',
  'patch events.events.k8s.io in default': 'the same happened again, and is counted',
  'patch nodemigrations.proxymode.dev in the cluster': 'the record of a node that has come back under its old name',
};

/** One verb on one resource in one namespace; '' is everywhere. */
type Right = {
  readonly verb: string;
  readonly resource: string;
  readonly where: string;
  readonly names: Rule['resourceNames'];
};

let granted: readonly Right[] = [];
let asked: readonly LoggedRequest[] = [];

beforeAll(async () => {
  const roles = (await render('crds.enabled=false')).filter(
    ({ kind, metadata }) => /^(Cluster)?Role$/.test(kind) && !/-(view|edit|test)$/.test(metadata.name),
  );
  granted = roles.flatMap(({ metadata, rules = [] }) =>
    rules.flatMap((rule) => rightsOf(rule, metadata.namespace ?? '')),
  );
  asked = await requestsOfTwoMigrations();
});

function rightsOf({ apiGroups, resources, verbs, resourceNames: names }: Rule, where: string): readonly Right[] {
  const full = apiGroups.flatMap((group) => resources.map((resource) => `${resource}.${group}`));
  return full.flatMap((resource) => verbs.map((verb) => ({ verb, resource, where, names })));
}

async function requestsOfTwoMigrations(): Promise<readonly LoggedRequest[]> {
  const simulator = await startSimulator({
    clock,
    nodes: [{ name: 'n1', controlPlane: true }, { name: 'n2' }],
    mode: 'iptables',
    crds: crdYaml().map(({ text }) => text),
  });
  const author = dial(simulator, 'admin');
  await author.client.create(NAMESPACES, { metadata: { name: NAMESPACE } });
  const leaderElection = { namespace: NAMESPACE, name: 'proxymode' };
  const operator = keepRunning(() => {
    const connection = dial(simulator, USER);
    const options = { connection, clock, log: quiet, namespace: NAMESPACE, identity: 'operator', leaderElection };
    return { connection, run: (signal) => migrationOperator(options).run(signal) };
  });
  simulator.node('n1').cannotRun('nftables', 'no-nft');
  await migrate(author, 'fails', 'RolledBack');
  simulator.node('n1').cannotRun('nftables', undefined);
  await migrate(author, 'succeeds', 'Succeeded');
  await operator.stop();
  operator.mustLive();
  await author.close();
  await simulator.close();
  return simulator.requests.entries.filter(({ user, resource }) => user === USER && resource !== '');
}

function dial(simulator: Simulator, user: string): Connection {
  return connect({ kubeConfig: simulator.kubeconfig(user), fieldManager: user, userAgent: user, clock, log: quiet });
}

async function migrate({ client }: Connection, name: string, end: string): Promise<void> {
  const object = {
    apiVersion: API_VERSION,
    kind: PROXY_MODE_MIGRATIONS.kind,
    metadata: { name },
    spec: { mode: 'nftables' },
  };
  await client.apply(PROXY_MODE_MIGRATIONS, object);
  const status = async () => (await client.get(PROXY_MODE_MIGRATIONS, { name }))?.status;
  try {
    await until(`${name} to be ${end}`, async () => (await status())?.phase === end, { within: 50_000 });
  } catch (error) {
    throw new Error(`${name} says: ${(await status())?.message}`, { cause: error });
  }
}

const fullName = (request: LoggedRequest): string => `${resourceName(request)}.${request.group}`;

/** A list or watch of one object names it in its field selector, which the log does not keep. */
function allows({ verb, resource, where, names }: Right, request: LoggedRequest): boolean {
  const inPlace = where === '' || where === request.namespace;
  const named = names === undefined || request.name === undefined || names.includes(request.name);
  return verb === request.verb && resource === fullName(request) && inPlace && named;
}

describe('the rights of the chart’s default', () => {
  it('are enough', () => {
    // every authenticated user may ask what it may do
    const everybodys = new Set(['selfsubjectaccessreviews.authorization.k8s.io']);
    const refused = asked
      .filter((request) => !everybodys.has(fullName(request)) && !granted.some((right) => allows(right, request)))
      .map((request) => `${request.verb} ${fullName(request)} in ${request.namespace}: ${request.name}`);
    expect(new Set(refused)).toEqual(new Set());
  });

  it('are no more than that', () => {
    const unused = granted.filter((right) => !asked.some((request) => allows(right, request)));
    const names = unused.map(({ verb, resource, where }) => `${verb} ${resource} in ${where || 'the cluster'}`);
    expect(Object.keys(RARE)).toEqual(expect.arrayContaining(names));
  });
});
