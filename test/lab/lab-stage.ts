// The stage on real nodes: the operator is a process of its own, as a person would start it.
import { connect, systemClock, type Client, type Log, type Resource } from 'kopf-ts';
import { NODE_MIGRATIONS, PROXY_MODE_MIGRATIONS } from '../../src/api/kinds.ts';
import type { Stage } from '../scenarios/stage.ts';
import { installCrds } from './crds.ts';
import type { Lab } from './lab.ts';
import { startOperator, type OperatorProcess } from './operator-process.ts';
import { limitedUser, OPERATOR_NAMESPACE, operatorUser } from './operator-user.ts';
import type { ProbeReport } from './probe.ts';

const ECHO = '10.96.100.100:80';
const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

/** What a lab needs once: by its directory, the path of the operator's kubeconfig. */
const prepared = new Map<string, Promise<string>>();

export type LabStage = Stage & {
  /** Under an identity of its own choice: that of one that has been killed, for one. */
  startAs(identity: string): OperatorProcess;
};

/** Puts the lab in its first state: no migration, every kube-proxy in iptables mode, no operator. */
export async function labStage(lab: Lab): Promise<LabStage> {
  const user = await (prepared.get(lab.state) ?? prepare(lab));
  const connection = connect({
    kubeConfig: lab.kubeconfig,
    fieldManager: 'scenario-author',
    userAgent: 'scenario-author',
    clock: systemClock,
    log: quiet,
  });
  const { client } = connection;
  const operators: OperatorProcess[] = [];
  /** How to bring back what a scenario has stopped, should it fail before it does so itself. */
  const down = new Map<string, () => Promise<void>>();
  /** What the latest probe of a node said, for the words of a failure. */
  const probed = new Map<string, ProbeReport>();
  await Promise.all([clear(client), lab.resetKubeProxy('iptables')]);

  function startAs(identity: string, kubeconfig: string = user): OperatorProcess {
    const operator = startOperator({ state: lab.state, namespace: OPERATOR_NAMESPACE }, identity, kubeconfig);
    operators.push(operator);
    return operator;
  }

  return {
    kind: 'lab',
    client,
    clock: systemClock,
    nodes: lab.nodes,
    startAs,
    startOperator: async (options = {}) => startAs(`operator-${operators.length + 1}`, options.user),
    userWithout: (right) => limitedUser(lab, right),
    // A node whose kube-proxy is just being replaced answers nothing: that is an answer too.
    proxyMode: (node) => lab.kubeProxyMode(node).catch(() => undefined),
    serves: async (node) => {
      const probe = await lab.startProbe(node, ECHO, 50);
      await systemClock.sleep(300);
      const report = await probe.stop();
      probed.set(node, report);
      return report.total > 0 && report.failed === 0;
    },
    sysctl: async (node, name, value) => {
      const set = value === undefined ? [] : ['-w', `${name}=${value}`];
      const result = await lab.exec(node, ['sysctl', '-n', ...(value === undefined ? [name] : set)]);
      if (result.code !== 0) throw new Error(`sysctl on ${node}: ${result.stderr}`);
      return result.stdout.trim();
    },
    probeServices: async () => {
      const probes = await Promise.all(lab.nodes.map((node) => lab.startProbe(node, ECHO, 10)));
      return { stop: () => Promise.all(probes.map((probe) => probe.stop())) };
    },
    stopKubelet: async (node) => {
      down.set(node, () => lab.startKubelet(node));
      await lab.stopKubelet(node);
    },
    startKubelet: async (node) => {
      down.delete(node);
      await lab.startKubelet(node);
    },
    crashNode: async (node) => {
      down.set(node, () => lab.startNode(node));
      await lab.crashNode(node);
    },
    startNode: async (node) => {
      down.delete(node);
      await lab.startNode(node);
    },
    kubectl: (...args) => lab.kubectl(...args),
    say: (line) => void process.stdout.write(`      ${line.trimEnd().replaceAll('\n', '\n      ')}\n`),
    until: async (what, condition, patience = 60_000) => {
      const deadline = systemClock.now() + patience;
      while (!(await condition())) {
        for (const operator of operators) operator.mustLive();
        if (systemClock.now() > deadline)
          throw new Error(
            `waited ${patience / 1000} s in vain for ${what}; probes: ${JSON.stringify([...probed.values()])}`,
          );
        await systemClock.sleep(100);
      }
    },
    close: async () => {
      for (const operator of operators) if (operator.running) await operator.kill();
      for (const bringBack of down.values()) await bringBack();
      await clear(client);
      await connection.close();
    },
  };
}

function prepare(lab: Lab): Promise<string> {
  const preparing = installed(lab);
  prepared.set(lab.state, preparing);
  // The next test shall try for itself.
  preparing.catch(() => prepared.delete(lab.state));
  return preparing;
}

async function installed(lab: Lab): Promise<string> {
  await installCrds(lab);
  return operatorUser(lab);
}

/**
 * Takes migrations away without their operator: the finalizer is what would wait for it. And the lease, which a killed
 * operator leaves behind.
 */
async function clear(client: Client): Promise<void> {
  const kinds: readonly Resource[] = [PROXY_MODE_MIGRATIONS, NODE_MIGRATIONS];
  for (const kind of kinds) {
    for (const { metadata } of (await client.list(kind)).items) {
      const { name, finalizers = [] } = metadata;
      if (finalizers.length > 0) await client.mergePatch(kind, { name }, { metadata: { finalizers: null } });
      await client.delete(kind, { name });
    }
  }
  await client.delete(LEASES, { namespace: OPERATOR_NAMESPACE, name: 'proxymode' });
}

const LEASES = {
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  kind: 'Lease',
  namespaced: true,
} as const;
