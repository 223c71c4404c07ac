// Where a scenario is played: the simulator or the real lab. A scenario knows only this, so that what the simulator
// promises is what a real cluster does.
import type { Client, Clock, KubeObject, Resource } from 'kopf-ts';
import type { NodeMigration, ProxyModeMigration } from '../../src/api/kinds.ts';
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

export type Stage = {
  readonly kind: 'simulator' | 'lab';
  /** The cluster's administrator. */
  readonly client: Client;
  readonly clock: Clock;
  /** Three nodes; n1 is the control plane. No node can run ipvs. */
  readonly nodes: readonly string[];
  startOperator(options?: { readonly user?: string }): Promise<RunningOperator>;
  /** What the node's kube-proxy answers, asked in another way than the operator's. */
  proxyMode(node: string): Promise<string | undefined>;
  /** Whether new connections to Services work on the node, from its own network. */
  serves(node: string): Promise<boolean>;
  /** Opens a new connection to a Service from every node, again and again, until it is stopped. */
  probeServices(): Promise<{ stop(): Promise<readonly ServiceReport[]> }>;
  kubectl(...args: readonly string[]): Promise<string>;
  /** Told to whoever reads the test's output. */
  say(line: string): void;
  /** Waits for a condition; `what` is what the failure will say. Patience is in the stage's own time. */
  until(what: string, condition: () => Promise<boolean> | boolean, patience?: number): Promise<void>;
  close(): Promise<void>;
};

export type ConfigMap = KubeObject & { readonly data: Readonly<Record<string, string>> };
export type Pod = KubeObject & { readonly spec: { readonly nodeName?: string } };
export const CONFIG_MAPS: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  plural: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
};
export const PODS: Resource<Pod> = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };

export type MigrationInput = Pick<MigrationSpec, 'mode'> & {
  readonly [field in keyof MigrationSpec]?: unknown;
};

export type Seen = { readonly migration: ProxyModeMigration; readonly nodes: readonly NodeMigration[] };
