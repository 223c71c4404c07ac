// The stage inside this process: the simulator's API on loopback, the operator beside it, and a clock that runs faster.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { connect, scaledClock, type Connection, type Log } from 'kopf-ts';
import { crdYaml } from '../../src/api/crd-yaml.ts';
import { migrationOperator } from '../../src/operator/migration-operator.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/start.ts';
import type { RunningOperator, ServiceReport, Stage } from './stage.ts';

const run = promisify(execFile);
/** A fresh clone with nothing but Node.js has none. */
export const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

export type SimulatorStage = Stage & {
  readonly simulator: Simulator;
  /** An operator that does not have to wait for a lease: for tests that end it a hundred times. */
  startWithoutElection(): RunningOperator;
};

export type StageOptions = {
  /** How many times faster than real time. */
  readonly speed?: number;
  readonly simulator?: Partial<SimulatorOptions>;
  readonly log?: Log;
};

export async function simulatorStage({
  speed = 10,
  simulator: options = {},
  log = quiet,
}: StageOptions = {}): Promise<SimulatorStage> {
  const clock = scaledClock(speed);
  const ipvs = { cannotRun: { ipvs: 'no-ipvs' } } as const;
  const simulator = await startSimulator({
    clock,
    nodes: [
      { name: 'n1', controlPlane: true, ...ipvs },
      { name: 'n2', ...ipvs },
      { name: 'n3', ...ipvs },
    ],
    mode: 'iptables',
    crds: crdYaml().map(({ text }) => text),
    ...options,
  });
  const connections: Connection[] = [];
  const dial = (fieldManager: string, user: string): Connection => {
    const connection = connect({
      kubeConfig: simulator.kubeconfig(user),
      fieldManager,
      userAgent: fieldManager,
      clock,
      log,
    });
    connections.push(connection);
    return connection;
  };
  const folder = await mkdtemp(join(tmpdir(), 'proxymode-stage-'));
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, simulator.kubeconfig('admin'));
  // A cache of its own: another simulator may have had the same port.
  const flags = ['--kubeconfig', kubeconfig, '--cache-dir', join(folder, 'cache')];
  const kubectl = async (...args: readonly string[]): Promise<string> =>
    (await run('kubectl', [...flags, ...args])).stdout;
  let started = 0;

  return {
    kind: 'simulator',
    simulator,
    client: dial('scenario-author', 'admin').client,
    clock,
    nodes: simulator.nodes.map(({ name }) => name),
    startOperator: async ({ user = 'proxymode' } = {}) => {
      const connection = dial('proxymode', user);
      const leaderElection = { namespace: 'kube-system', name: 'proxymode' };
      const operator = migrationOperator({ connection, clock, log, identity: `operator-${++started}`, leaderElection });
      return operate(connection, (signal) => operator.run(signal));
    },
    startWithoutElection: () => {
      const connection = dial('proxymode', 'proxymode');
      const operator = migrationOperator({ connection, clock, log });
      return operate(connection, (signal) => operator.run(signal));
    },
    userWithout: async (right) => {
      const user = 'proxymode-limited';
      const undo = simulator.api.deny({ user, ...right });
      return { user, grant: async () => undo() };
    },
    proxyMode: async (node) => simulator.node(node).proxyMode(),
    serves: async (node) => simulator.node(node).dataplane().synced,
    probeServices: async () => {
      const from = simulator.nodes.map((node) => node.darkness().total);
      const start = clock.now();
      return {
        stop: async () =>
          simulator.nodes.map((node, i): ServiceReport => {
            const dark = node.darkness().total - (from[i] ?? 0);
            return {
              node: node.name,
              total: Math.round((clock.now() - start) / 10),
              failed: Math.round(dark / 10),
              failSpanMs: Math.round(dark),
            };
          }),
      };
    },
    stopKubelet: async (node) => simulator.node(node).stopKubelet(),
    startKubelet: async (node) => simulator.node(node).startKubelet(),
    crashNode: async (node) => simulator.node(node).stopKubelet(),
    startNode: async (node) => simulator.node(node).startKubelet(),
    kubectl: hasKubectl ? kubectl : undefined,
    say: (line) => void process.stdout.write(`      ${line.trimEnd().replaceAll('\n', '\n      ')}\n`),
    until: async (what, condition, patience = 60_000) => {
      const deadline = clock.now() + patience;
      while (!(await condition())) {
        if (clock.now() > deadline) throw new Error(`waited ${patience / 1000} s in vain for ${what}`);
        await clock.sleep(100);
      }
    },
    close: async () => {
      for (const connection of connections) connection.destroy();
      await simulator.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function operate(connection: Connection, work: (signal: AbortSignal) => Promise<void>): RunningOperator {
  const stop = new AbortController();
  let running = true;
  const ended = work(stop.signal).then(
    () => void (running = false),
    () => void (running = false),
  );
  return {
    kill: async () => {
      connection.destroy();
      await ended;
    },
    stop: async () => {
      stop.abort();
      await ended;
    },
    get running() {
      return running;
    },
  };
}
