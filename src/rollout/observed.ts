// What one pass knows about the world: plain facts, gathered by operator/observe.ts, from which plan.ts decides.
// Times are milliseconds since the epoch.
import type { MigrationSpec, MigrationStatus } from '../api/migration.ts';
import type { NodeMigrationStatus, UnitFile } from '../api/node-migration.ts';
import type { Reason } from '../api/reasons.ts';
import type { Located } from '../kubeproxy/locate.ts';
import type { NodeTask, TaskResult } from './node-task.ts';
import type { Span } from './spans.ts';
import type { Survey } from './survey.ts';
import type { TrialResult, TrialTask } from './trial-task.ts';

export type NodeFacts = {
  readonly name: string;
  readonly uid: string;
  readonly ready: boolean;
  /** When Ready last changed. */
  readonly readyChangedAt: number;
  readonly controlPlane: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** Its kernel, operating system image and architecture, in words: nodes of which these are equal are alike. */
  readonly system: string;
};

/**
 * The kube-proxy pod of a node. `uid` and `restarts` together name one kube-proxy process. A kube-proxy that is a unit of
 * systemd looks the same: the unit is the pod, its invocation the UID, and replacing it is to write its file and restart it.
 */
export type PodFacts = {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly deleting: boolean;
  readonly running: boolean;
  readonly restarts: number;
  /** `waiting.reason` of the container: CrashLoopBackOff, ImagePullBackOff, … */
  readonly waiting: string | undefined;
  /** The run before this one, or the one that just ended. */
  readonly ended: { readonly exitCode: number; readonly reason: string } | undefined;
  /** As its spec names it; known once it has been started, and so is on the node. */
  readonly image?: string;
  /** Of a unit: what its record keeps of the file before it is changed. */
  readonly systemd?: UnitFile;
  /** Why it could not be replaced, though it was tried. */
  readonly stuck?: string;
};

/** One look into a running kube-proxy: /proxyMode and /metrics over one connection. */
export type Reading = {
  readonly at: number;
  readonly mode: string;
  readonly version: string | undefined;
  readonly processStart: number | undefined;
  /** Last sync for each IP family ('' where kube-proxy does not tell which). */
  readonly lastSync: Readonly<Record<string, number>>;
  readonly syncFailures: number;
};

/** What is known of one kube-proxy process by asking it. Readings are the latest ones in a row, oldest first. */
export type ProbeFacts = {
  readonly podUID: string;
  readonly restarts: number;
  readonly readings: readonly Reading[];
  /** When this operator asked it, whatever came of that but a refusal of the API server's. */
  readonly asked: readonly Span[];
  /** The last answer of /metrics, cut to the lines a preflight asks about. */
  readonly page: string;
  /** Set while it does not answer; `forbidden` when the API server refuses us, not the node. */
  readonly error:
    | { readonly message: string; readonly since: number; readonly tries: number; readonly forbidden: boolean }
    | undefined;
};

/** kube-proxy's own reason for ending, read from the log of the ended run. */
export type LastWords = { readonly line: string; readonly fatal: boolean };

/** A NodeMigration as stored. */
export type NodeRecord = {
  readonly node: string;
  readonly nodeUID: string;
  readonly resourceVersion: string;
  readonly status: NodeMigrationStatus;
};

export type ConfigMapFacts = {
  readonly text: string;
  readonly resourceVersion: string;
  /** Who wrote it last, by its managed fields. */
  readonly lastWriter: string | undefined;
};

/** Why the observation could not be completed: the same shape the plan uses to say that it cannot go on. */
export type Blocked = {
  readonly kind: 'blocked';
  readonly reason: Reason;
  readonly message: string;
  /** It only takes a moment: nobody need do anything. */
  readonly passing?: boolean;
};

export type MigrationFacts = {
  readonly name: string;
  readonly uid: string;
  readonly generation: number;
  readonly deleting: boolean;
  readonly hasFinalizer: boolean;
  /** Value of the retry annotation. */
  readonly retry: string | undefined;
  readonly spec: MigrationSpec;
  readonly status: MigrationStatus;
};

export type Observed = {
  readonly kind: 'observed';
  readonly now: number;
  /** When this operator saw the cluster: not before it was started, nor while the API server was away. */
  readonly watched: readonly Span[];
  /** The node the operator itself runs on. */
  readonly ownNode: string | undefined;
  readonly migration: MigrationFacts;
  /** Name of another unfinished migration that works on the same kube-proxy and goes first. */
  readonly rival: string | undefined;
  readonly kubeProxy: Located;
  /** Somebody else's rollout of the DaemonSet is under way. */
  readonly daemonSetRolling: boolean;
  readonly configMap: ConfigMapFacts;
  /** Of systemd kube-proxies, what a person wants to see instead of the ConfigMap: the file of the first node. */
  readonly preview?: { readonly name: string; readonly before: string; readonly after: string };
  /** The mode a kube-proxy that starts now will run, as its version understands the ConfigMap; undefined if unparsable. */
  readonly configMode: string | undefined;
  /** Why it is not, with line and column. */
  readonly configProblem: string | undefined;
  /** Where kube-proxies serve /proxyMode and /metrics. */
  readonly metricsPort: number;
  readonly featureGates: Readonly<Record<string, boolean>>;
  readonly nodes: readonly NodeFacts[];
  readonly pods: ReadonlyMap<string, PodFacts>;
  readonly records: ReadonlyMap<string, NodeRecord>;
  probe(pod: PodFacts): ProbeFacts | undefined;
  lastWords(pod: PodFacts): LastWords | undefined;
  /** What the preflight has found; undefined while nobody has asked. */
  survey(question: string): Survey | undefined;
  /** What came of work on a node; undefined while it is not done. */
  task(task: NodeTask): TaskResult | undefined;
  /** What came of a trial; undefined while it is not over. */
  trial(task: TrialTask): TrialResult | undefined;
};
