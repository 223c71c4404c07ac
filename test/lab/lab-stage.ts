// The stage on real nodes: the operator is a child process, as a person would start it, and is killed with a real SIGKILL.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, systemClock, type Log } from 'kopf-ts';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS } from '../../src/api/kinds.ts';
import type { RunningOperator, Stage } from '../scenarios/stage.ts';
import type { Lab } from './lab.ts';

const ROOT = join(import.meta.dirname, '../..');
const ECHO = '10.96.100.100:80';
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

/** Puts the lab in its first state: no migration, every kube-proxy in iptables mode, no operator. */
export async function labStage(lab: Lab): Promise<Stage> {
  const connection = connect({
    kubeConfig: lab.kubeconfig,
    fieldManager: 'scenario-author',
    userAgent: 'scenario-author',
    clock: systemClock,
    log: quiet,
  });
  const { client } = connection;
  const operators: RunningOperator[] = [];
  await lab.kubectl('apply', '--server-side', '-f', join(ROOT, 'crds'));
  await lab.kubectl(
    'wait',
    '--for=condition=Established',
    'crd/proxymodemigrations.proxymode.dev',
    'crd/nodemigrations.proxymode.dev',
    '--timeout=60s',
  );
  await clear(lab);
  await lab.resetKubeProxy('iptables');

  const stage: Stage = {
    kind: 'lab',
    client,
    clock: systemClock,
    nodes: lab.nodes,
    startOperator: async () => {
      const operator = startOperator(lab, operators.length + 1);
      operators.push(operator);
      return operator;
    },
    // A node whose kube-proxy is just being replaced answers nothing: that is an answer too.
    proxyMode: (node) => lab.kubeProxyMode(node).catch(() => undefined),
    serves: async (node) => {
      const probe = await lab.startProbe(node, ECHO, 50);
      await systemClock.sleep(300);
      const report = await probe.stop();
      return report.total > 0 && report.failed === 0;
    },
    probeServices: async () => {
      const probes = await Promise.all(lab.nodes.map((node) => lab.startProbe(node, ECHO, 10)));
      return { stop: () => Promise.all(probes.map((probe) => probe.stop())) };
    },
    kubectl: (...args) => lab.kubectl(...args),
    say: (line) => void process.stdout.write(`      ${line.trimEnd().replaceAll('\n', '\n      ')}\n`),
    until: async (what, condition, patience = 60_000) => {
      const deadline = systemClock.now() + patience;
      while (!(await condition())) {
        if (systemClock.now() > deadline) throw new Error(`waited ${patience / 1000} s in vain for ${what}`);
        await systemClock.sleep(100);
      }
    },
    close: async () => {
      for (const operator of operators) if (operator.running) await operator.kill();
      await clear(lab);
      await connection.close();
    },
  };
  return stage;
}

/** Takes migrations away without their operator: the finalizer is what would wait for it. */
async function clear(lab: Lab): Promise<void> {
  for (const kind of [PROXY_MODE_MIGRATIONS, NODE_MIGRATIONS]) {
    const name = `${kind.plural}.${kind.group}`;
    const objects = (await lab.kubectl('get', name, '-o', 'name')).split('\n').filter(Boolean);
    for (const object of objects) {
      await lab.kubectl('patch', object, '--type=merge', '-p', '{"metadata":{"finalizers":null}}').catch(gone);
      await lab.kubectl('delete', object, '--ignore-not-found', '--wait=true');
    }
  }
}

/** Whoever disappeared meanwhile needs no patch. */
function gone(error: unknown): string {
  if (String(error).includes('NotFound') || String(error).includes('not found')) return '';
  throw error;
}

export function startOperator(lab: Lab, number: number): RunningOperator {
  const env = {
    ...process.env,
    KUBECONFIG: lab.kubeconfig,
    POD_NAME: `operator-${number}`,
    POD_NAMESPACE: 'kube-system',
    LOG_LEVEL: 'debug',
  };
  const child = spawn(process.execPath, [join(ROOT, 'src/main.ts')], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const log = join(lab.state, 'operator.log');
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => appendFileSync(log, chunk));
  let running = true;
  const ended = once(child, 'exit').then(() => void (running = false));
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    child.kill(signal);
    await ended;
  };
  return {
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    get running() {
      return running;
    },
  };
}
