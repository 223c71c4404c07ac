// The lab: real nodes and a real control plane on one machine. This is the face tests see.
import { bringUp, markReady, type Shape } from './bring-up.ts';
import { apiServerReady, startApiServer } from './control-plane.ts';
import { stopDaemon } from './daemon.ts';
import { isWhole } from './health.ts';
import { kubeProxyMode, resetKubeProxy, restartKubeProxy, setMode } from './kube-proxy.ts';
import { kubectl } from './kubectl.ts';
import { startKubelet, stopKubelet } from './kubelet.ts';
import { locked } from './lock.ts';
import { inNode } from './node-namespaces.ts';
import { crashNode, startNode } from './node.ts';
import { paths, placeOf, type Place } from './place.ts';
import { prepare } from './prepare.ts';
import { requirePrivileges } from './privileges.ts';
import { startProbe, type Probe } from './probe.ts';
import { labsOfCheckout, reclaim } from './reclaim.ts';
import { run, type Outcome, type RunOptions } from './run.ts';

export { labBin } from './binaries.ts';
export { until } from './until.ts';

export type LabOptions = {
  /** Labs with different names are different labs, also those of the same name in two checkouts. */
  readonly name?: string;
  /** Named n1, n2, …; n1 bears the label of a control plane node. */
  readonly nodes?: number;
  /** etcd and API server only, about 3 s to start; a lab of its own beside the complete one. */
  readonly controlPlaneOnly?: boolean;
  readonly mode?: string;
  readonly log?: (line: string) => void;
};

export type Lab = {
  /** Path of an administrator's kubeconfig that works from the machine itself. */
  readonly kubeconfig: string;
  readonly nodes: readonly string[];
  readonly state: string;
  /** Runs a command in the node's namespaces, with the machine's files and the node's own mounts. */
  exec(node: string, argv: readonly string[], options?: RunOptions): Promise<Outcome>;
  /** Standard output; rejects when kubectl fails. */
  kubectl(...args: readonly string[]): Promise<string>;
  startProbe(node: string, target: string, intervalMs: number): Promise<Probe>;
  /** Edits the ConfigMap only; a kube-proxy follows when it is restarted. */
  setMode(mode: string): Promise<void>;
  /** Deletes the node's kube-proxy pod; resolves with the mode its successor runs. */
  restartKubeProxy(node: string): Promise<string>;
  /** Puts kube-proxy's objects back as installed, and every node in the mode. */
  resetKubeProxy(mode?: string): Promise<void>;
  kubeProxyMode(node: string): Promise<string>;
  crashNode(node: string): Promise<void>;
  startNode(node: string): Promise<void>;
  stopKubelet(node: string): Promise<void>;
  startKubelet(node: string): Promise<void>;
  stopApiServer(): Promise<void>;
  startApiServer(): Promise<void>;
};

/** Brings the lab up, or joins the one that is up and whole. */
export async function labUp(options: LabOptions = {}): Promise<Lab> {
  const { nodes = 3, controlPlaneOnly = false, mode = 'iptables', log = () => {} } = options;
  const place = placeFor(options);
  const names = Array.from({ length: controlPlaneOnly ? 0 : nodes }, (_, index) => `n${index + 1}`);
  const shape: Shape = { nodes: names, mode };
  requirePrivileges();
  await locked(place.id, async () => {
    if (await isWhole(place, shape)) return;
    await prepare(log);
    await bringUp(place, shape, log);
    markReady(place, shape);
  });
  return labAt(place, names);
}

/** Ends a lab and removes its state, whatever state that is in. */
export async function labDown(options: Pick<LabOptions, 'name' | 'controlPlaneOnly'> = {}): Promise<void> {
  const place = placeFor(options);
  await locked(place.id, () => reclaim(place));
}

/** Ends all labs of this checkout. */
export async function labsDown(): Promise<void> {
  for (const place of labsOfCheckout()) await locked(place.id, () => reclaim(place));
}

/** vitest numbers the workers that run at the same time: the second one has a lab of its own. */
function ownLab(): string {
  const worker = process.env['VITEST_POOL_ID'] ?? '1';
  return worker === '1' ? 'nodes' : `nodes-${worker}`;
}

function placeFor({
  controlPlaneOnly = false,
  name = controlPlaneOnly ? 'control-plane' : ownLab(),
}: LabOptions): Place {
  return placeOf(name);
}

function labAt(place: Place, nodes: readonly string[]): Lab {
  return {
    kubeconfig: paths.kubeconfig(place),
    nodes,
    state: place.state,
    exec: (node, argv, options) => run(inNode(place, node, argv), options),
    kubectl: (...args) => kubectl(place, args),
    startProbe: (node, target, intervalMs) => startProbe(place, node, { target, intervalMs }),
    setMode: (mode) => setMode(place, mode),
    restartKubeProxy: (node) => restartKubeProxy(place, node),
    resetKubeProxy: (mode = 'iptables') => resetKubeProxy(place, nodes, mode),
    kubeProxyMode: (node) => kubeProxyMode(place, node),
    crashNode: (node) => crashNode(place, node),
    startNode: (node) => startNode(place, node, nodes),
    stopKubelet: (node) => stopKubelet(place, node),
    startKubelet: (node) => startKubelet(place, node),
    stopApiServer: () => stopDaemon(place, 'apiserver'),
    startApiServer: async () => {
      await startApiServer(place);
      await apiServerReady(place);
    },
  };
}
