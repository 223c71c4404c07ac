// The simulated cluster, both halves wired together: an API server on loopback (apiserver/) and the world behind it
// (world/): nodes, a DaemonSet controller, kubelets, and kube-proxies that behave by version. For the demo, tests and
// benchmarks; a client cannot tell it from a small real cluster as far as kube-proxy's mode is concerned.
//
//   const simulator = await startSimulator({ clock: scaledClock(20), nodes: 12, mode: 'iptables' });
//   … a client with simulator.kubeconfig() edits ConfigMap kube-system/kube-proxy, deletes pods, port-forwards to 10249 …
//   simulator.node('node-3').dataplane();   // whose rules serve there, read without the API
//   simulator.node('node-3').darkness();    // when new connections to Services failed there, and for how long
//   await simulator.close();                // rejects when something inside the world went wrong
//
// What it does as the real thing:
// - An edited ConfigMap changes nothing by itself. A new pod reads it fresh; a container restarted in its pod reads the
//   projected file, which lags by up to a minute (each node in its own rhythm).
// - A start validates, deletes the other family's rules (from 1.29), checks what the node can do, listens, fills its
//   informers and syncs. What fails after the clean-up leaves the node without rules: that is the dark window, and
//   `darkness()` measures it. iptables and ipvs never clean each other, so between them nothing goes dark.
// - Up to 1.25 an unusable ipvs becomes iptables and /proxyMode says so; from 1.26 kube-proxy exits and crash-loops.
// - Rules outlive their process: a stopped or crash-looping kube-proxy leaves them as they are (`frozen`).
// - Kubelet: Pending, ContainerCreating, Running, restarts with back-off and a log of the run before; a silent kubelet
//   leaves everything as it is, and deletions hang. DaemonSet: re-creates, rolls a changed template, not with OnDelete.
//
// - A pod that names a node runs there, whatever it is; exec works in it, on the files, modules and sysctls of the node
//   (`node.machine`, `NodeSpec.machine`), with the few commands of the kube-proxy image.
//
// What it leaves out: scheduling, what other workloads do, Services' actual traffic, changes of Services after
// the first sync, sidecar containers, and events. Time passes by the given clock only; chance comes from `random` or
// `seed`, so that a run on a clock that is moved by hand repeats itself.
import type { Clock } from 'kopf-ts';
import { parseAllDocuments } from 'yaml';
import { startApiServer, type ApiServer } from './apiserver/api-server.ts';
import { CUSTOM_RESOURCE_DEFINITIONS } from './apiserver/builtins.ts';
import { V4, V5 } from './apiserver/exec.ts';
import { createStore, type ApiStore } from './apiserver/store.ts';
import { seededRandom } from './world/seeded-random.ts';
import type { SimNode } from './world/sim-node.ts';
import { startWorld, type WorldOptions } from './world/world.ts';

export type { NodeSpec } from './world/node-object.ts';
export type { SimNode } from './world/sim-node.ts';

export type SimulatorOptions = WorldOptions & {
  /** A scaled clock lets a cluster's minutes pass in seconds. Every delay of the world goes through it. */
  readonly clock: Clock;
  /** CustomResourceDefinitions to install at the start, as YAML. */
  readonly crds?: readonly string[];
  /** On 127.0.0.1; any free one when left out. */
  readonly port?: number;
};

export type Simulator = {
  readonly url: string;
  /** YAML; the user's name is also the bearer token. */
  kubeconfig(user?: string): string;
  readonly store: ApiStore;
  readonly api: ApiServer;
  readonly requests: ApiServer['requests'];
  readonly faults: ApiServer['faults'];
  readonly clock: Clock;
  readonly nodes: readonly SimNode[];
  /** Throws when there is no such node. */
  node(name: string): SimNode;
  /** Ends everything; rejects with what went wrong inside the world, if anything did. */
  close(): Promise<void>;
};

/** Resolves once the API server listens; the cluster then stands as if it had been running for hours. */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { clock, crds = [], port } = options;
  const random = options.random ?? seededRandom(options.seed ?? 1);
  const store = createStore({ clock, random });
  const world = startWorld(store, { ...options, random });
  installCrds(store, crds);
  const api = await startApiServer({
    store,
    backend: world.backend,
    execProtocols: execProtocols(options.version),
    ...(options.version === undefined ? {} : { version: options.version }),
    ...(port === undefined ? {} : { port }),
  });
  return {
    url: api.url,
    kubeconfig: (user) => api.kubeconfig(user),
    store,
    api,
    requests: api.requests,
    faults: api.faults,
    clock,
    nodes: world.nodes,
    node: (name) => world.node(name),
    close: async () => {
      await api.close();
      await world.close();
    },
  };
}

/** v5 came on with 1.30 (KEP-4006). */
function execProtocols(version = ''): readonly string[] {
  const minor = Number(/^v1\.([0-9]+)/.exec(version)?.[1] ?? 99);
  return minor < 30 ? [V4] : [V5, V4];
}

function installCrds(store: ApiStore, texts: readonly string[]): void {
  for (const document of texts.flatMap((text) => parseAllDocuments(text))) {
    if (document.contents !== null) store.create(CUSTOM_RESOURCE_DEFINITIONS, document.toJS());
  }
}
