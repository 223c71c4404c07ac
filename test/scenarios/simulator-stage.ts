// The stage inside this process: the simulator's API on loopback, the operator beside it, and a clock that runs faster.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect, scaledClock, type Clock, type Connection, type LeaderElectionOptions, type Log } from 'kopf-ts';
import { customResourceDefinitions } from '../../src/api/crd.ts';
import { migrationOperator } from '../../src/operator/migration-operator.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../src/simulator/apiserver/builtins.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/start.ts';
import { keepRunning, type SimulatorOperator } from './simulator-operator.ts';
import type { RunningOperator, ServiceReport, Stage } from './stage.ts';

const run = promisify(execFile);
/** A fresh clone with nothing but Node.js has none. */
export const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };
const CRDS = customResourceDefinitions();

export type SimulatorStage = Stage & {
  readonly simulator: Simulator;
  /** An operator that does not have to wait for a lease: for tests that end it a hundred times. */
  startWithoutElection(options?: { readonly server?: string }): RunningOperator;
};

export type StageOptions = {
  /** How many times faster than real time. */
  readonly speed?: number;
  /** Instead of one that is merely faster. */
  readonly clock?: Clock;
  readonly simulator?: Partial<SimulatorOptions>;
  readonly log?: Log;
};

export async function simulatorStage(options: StageOptions = {}): Promise<SimulatorStage> {
  const { speed = 10, clock = scaledClock(speed), log = quiet } = options;
  const simulator = await startCluster(clock, options.simulator);
  const connections: Connection[] = [];
  const operators: SimulatorOperator[] = [];
  const dial = (program: string, kubeConfig: string): Connection => {
    const connection = connect({ kubeConfig, fieldManager: program, userAgent: program, clock, log });
    connections.push(connection);
    return connection;
  };
  const start = (kubeConfig: string, identity?: { identity: string; leaderElection: LeaderElectionOptions }) => {
    const operator = keepRunning(() => {
      const connection = dial('proxymode', kubeConfig);
      return { connection, run: (signal) => migrationOperator({ connection, clock, log, ...identity }).run(signal) };
    });
    operators.push(operator);
    return operator;
  };
  const folder = await mkdtemp(join(tmpdir(), 'proxymode-stage-'));

  return {
    kind: 'simulator',
    simulator,
    client: dial('scenario-author', simulator.kubeconfig('admin')).client,
    clock,
    nodes: simulator.nodes.map(({ name }) => name),
    startOperator: async ({ user = 'proxymode' } = {}) => {
      const leaderElection = { namespace: 'kube-system', name: 'proxymode' };
      return start(simulator.kubeconfig(user), { identity: `operator-${operators.length + 1}`, leaderElection });
    },
    startWithoutElection: ({ server = simulator.url } = {}) =>
      start(simulator.kubeconfig('proxymode').replace(simulator.url, server)),
    userWithout: async (right) => {
      const user = 'proxymode-limited';
      const undo = simulator.api.deny({ user, ...right });
      return { user, grant: async () => undo() };
    },
    proxyMode: async (node) => simulator.node(node).proxyMode(),
    serves: async (node) => simulator.node(node).dataplane().synced,
    sysctl: async (node, name, value) => {
      const { machine } = simulator.node(node);
      const path = `/proc/sys/${name.replaceAll('.', '/')}`;
      if (value !== undefined && !machine.write(path, value)) throw new Error(`${node} has no sysctl ${name}`);
      return (machine.read(path) ?? '').trim();
    },
    probeServices: async () => watchDarkness(simulator, clock),
    stopKubelet: async (node) => simulator.node(node).stopKubelet(),
    startKubelet: async (node) => simulator.node(node).startKubelet(),
    crashNode: async (node) => simulator.node(node).stopKubelet(),
    startNode: async (node) => simulator.node(node).startKubelet(),
    kubectl: hasKubectl ? await kubectlIn(folder, simulator.kubeconfig('admin')) : undefined,
    say: (line) => void process.stdout.write(`      ${line.trimEnd().replaceAll('\n', '\n      ')}\n`),
    until: async (what, condition, patience = 60_000) => {
      const deadline = clock.now() + patience;
      while (!(await condition())) {
        for (const operator of operators) operator.mustLive();
        if (clock.now() > deadline) throw new Error(`waited ${patience / 1000} s in vain for ${what}`);
        await clock.sleep(100);
      }
    },
    close: async () => {
      for (const operator of operators) await operator.kill();
      for (const connection of connections) connection.destroy();
      await simulator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function startCluster(clock: Clock, options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  // As on the lab, whose kernel has no modules.
  const machine = { missingModules: ['ip_vs', 'ip_vs_rr', 'ip_vs_wrr', 'ip_vs_sh'] };
  const ipvs = { cannotRun: { ipvs: 'no-ipvs' }, machine } as const;
  const nodes = [
    { name: 'n1', controlPlane: true, ...ipvs },
    { name: 'n2', ...ipvs },
    { name: 'n3', ...ipvs },
  ];
  // As on the lab: a silent node is NotReady after 10 s.
  const timings = { nodeMonitorGrace: 10_000 };
  const simulator = await startSimulator({ clock, nodes, mode: 'iptables', timings, ...options });
  // As objects: to parse them from YAML every time costs more than the rest of the start.
  for (const crd of CRDS) simulator.store.create(CUSTOM_RESOURCE_DEFINITIONS, crd);
  return simulator;
}

async function kubectlIn(folder: string, kubeconfig: string): Promise<NonNullable<Stage['kubectl']>> {
  const file = join(folder, 'kubeconfig');
  await writeFile(file, kubeconfig);
  // A cache of its own: another simulator may have had the same port.
  const flags = ['--kubeconfig', file, '--cache-dir', join(folder, 'cache')];
  return async (...args) => (await run('kubectl', [...flags, ...args])).stdout;
}

/** What a probe with a new connection every 10 ms would have counted. */
function watchDarkness(simulator: Simulator, clock: Clock): { stop(): Promise<readonly ServiceReport[]> } {
  const from = simulator.nodes.map((node) => node.darkness().total);
  const start = clock.now();
  return {
    stop: async () =>
      simulator.nodes.map((node, i): ServiceReport => {
        const dark = node.darkness().total - (from[i] ?? 0);
        const total = Math.round((clock.now() - start) / 10);
        return { node: node.name, total, failed: Math.round(dark / 10), failSpanMs: Math.round(dark) };
      }),
  };
}
