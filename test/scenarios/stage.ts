// Where a scenario is played: the simulator or the real lab. A scenario knows only this, so that what the simulator
// promises is what a real cluster does.
import type { Client, Clock, KubeObject, Resource } from 'kopf-ts';
import type { MigrationSpec } from '../../src/api/migration.ts';

export type RunningOperator = {
  /** What SIGKILL does: nothing is finished, nothing is handed over. */
  kill(): Promise<void>;
  /** What SIGTERM does. */
  stop(): Promise<void>;
  /** True while its process (or its stand-in) lives. */
  readonly running: boolean;
};

export type ServiceReport = {
  readonly node: string;
  readonly total: number;
  readonly failed: number;
  readonly failSpanMs: number;
};

/** As RBAC names them: `create`, `pods/portforward`. */
export type Right = {
  readonly verb: 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'watch';
  readonly resource: string;
  /** In every one that the right is given in, when left out. */
  readonly namespace?: string;
};

export type Limited = {
  readonly user: string;
  /** Gives it the right it lacks. */
  grant(): Promise<void>;
};

export type Stage = {
  readonly kind: 'simulator' | 'lab';
  /** The cluster's administrator. */
  readonly client: Client;
  readonly clock: Clock;
  /** Three nodes; n1 is the control plane. No node can run ipvs. */
  readonly nodes: readonly string[];
  /** As the user `proxymode`, who has all the rights an operator needs, unless another is named. */
  startOperator(options?: { readonly user?: string }): Promise<RunningOperator>;
  /** A user with all the rights of an operator but this one. */
  userWithout(right: Right): Promise<Limited>;
  /** What the node's kube-proxy answers, asked in another way than the operator's. */
  proxyMode(node: string): Promise<string | undefined>;
  /** Whether new connections to Services work on the node, from its own network. */
  serves(node: string): Promise<boolean>;
  /** Reads a sysctl of the node's own network, by its dotted name; sets it first where a value is given. */
  sysctl(node: string, name: string, value?: string): Promise<string>;
  /** Opens a new connection to a Service from every node, again and again, until it is stopped. */
  probeServices(): Promise<{ stop(): Promise<readonly ServiceReport[]> }>;
  /** From then on the node is silent; what runs on it goes on running. */
  stopKubelet(node: string): Promise<void>;
  startKubelet(node: string): Promise<void>;
  /** As if the power were cut; the simulator only knows that nothing is heard of it any more. */
  crashNode(node: string): Promise<void>;
  startNode(node: string): Promise<void>;
  /** As the administrator; undefined where there is no kubectl (the simulator on a machine that has none). */
  readonly kubectl: ((...args: readonly string[]) => Promise<string>) | undefined;
  /** Told to whoever reads the test's output. */
  say(line: string): void;
  /** Waits for a condition; `what` is what the failure will say. Patience is in the stage's own time. */
  until(what: string, condition: () => Promise<boolean> | boolean, patience?: number): Promise<void>;
  close(): Promise<void>;
};

export type Scenario = {
  readonly title: string;
  /** Left out on the simulator where the machine has no kubectl. */
  readonly needsKubectl?: true;
  play(stage: Stage): Promise<void>;
};

export type ConfigMap = KubeObject & { readonly data: Readonly<Record<string, string>> };
export type Pod = KubeObject & { readonly spec: { readonly nodeName?: string } };
export type Node = KubeObject & {
  readonly status: { readonly conditions: readonly { readonly type: string; readonly status: string }[] };
};
export type DaemonSet = KubeObject & { readonly spec: unknown };

const core = <T extends KubeObject>(plural: string, kind: string, namespaced: boolean): Resource<T> => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
});
export const CONFIG_MAPS: Resource<ConfigMap> = core('configmaps', 'ConfigMap', true);
export const PODS: Resource<Pod> = core('pods', 'Pod', true);
export const NODES: Resource<Node> = core('nodes', 'Node', false);
export const DAEMON_SETS: Resource<DaemonSet> = { ...core('daemonsets', 'DaemonSet', true), group: 'apps' };

export type MigrationInput = Pick<MigrationSpec, 'mode'> & {
  readonly [field in keyof MigrationSpec]?: unknown;
};
