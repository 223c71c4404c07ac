// What assess found out, as data. This is what `-o json` and `-o yaml` print, and what the other outputs are made of.
//
// The shape is kept: within one schemaVersion fields are only added, and words of a closed list only added to. `null` stands
// for what could not be seen.
import type { ProxyMode } from '../../api/fields.ts';
import type { WriteRight } from '../../preflight/distributions/distribution.ts';
import type { Direction, Verdict } from '../../preflight/finding.ts';

export const SCHEMA_VERSION = 1;

export type Assessment = {
  readonly schemaVersion: typeof SCHEMA_VERSION;
  /** RFC 3339. */
  readonly assessedAt: string;
  readonly cluster: {
    readonly server: string;
    readonly context: string;
    /** Of the API server, as in v1.36.3. */
    readonly version: string | null;
  };
  readonly distribution: AssessedDistribution | null;
  readonly kubeProxy: AssessedKubeProxy;
  /** null: the nodes could not be listed. */
  readonly nodes: AssessedNodes | null;
  /** One for each mode that was asked about. */
  readonly targets: readonly AssessedTarget[];
  /** The gravest first, target after target. */
  readonly findings: readonly AssessedFinding[];
  readonly notSeen: readonly NotSeen[];
};

export type AssessedDistribution = {
  readonly id: string;
  readonly name: string;
  /** EDIT, EDIT-THEN-UPSTREAM, API, NODE or NONE: see docs of distributions. */
  readonly right: WriteRight;
  /** An edit in the cluster is undone within minutes. */
  readonly reverted: boolean;
  readonly evidence: string;
};

export type AssessedKubeProxy = {
  readonly place: 'DaemonSet' | 'StaticPods' | 'OnNodes' | 'Absent' | 'Unresolved' | 'Unknown';
  /** namespace/name of the DaemonSet, and of the ConfigMap with its configuration. */
  readonly daemonSet: string | null;
  readonly configMap: string | null;
  readonly version: string | null;
  /** As it stands in the configuration: '' when unset. */
  readonly writtenMode: string | null;
  /** The same with '' resolved. */
  readonly mode: string | null;
};

export type AssessedNodes = {
  readonly total: number;
  /** How many kube-proxies said what they run. */
  readonly answered: number;
  readonly groups: readonly NodeGroup[];
};

/** Nodes that are alike in all that is named here. */
export type NodeGroup = {
  /** A, B, C …: findings refer to it. */
  readonly id: string;
  /** The node pool's name, where there is one; otherwise control plane, workers, Windows. */
  readonly name: string;
  readonly os: 'linux' | 'windows';
  readonly osImage: string;
  readonly kernel: string;
  readonly kubeProxyVersion: string | null;
  readonly mode: string | null;
  readonly nodes: readonly string[];
};

/**
 * `current`: the mode in force, so there is nothing to switch. `ready`: nothing stands in the way. `blocked`: a rule says that
 * it would break something. `unknown`: nothing blocks that was seen, but a rule that could was not able to tell.
 */
export type TargetVerdict = 'current' | 'ready' | 'blocked' | 'unknown';

export type AssessedTarget = {
  readonly mode: ProxyMode;
  readonly verdict: TargetVerdict;
  /** The verdict in a sentence, without a full stop. */
  readonly summary: string;
  /** Ids of rules that block, that could block and were not able to tell, and that were accepted. */
  readonly blockedBy: readonly string[];
  readonly undecided: readonly string[];
  readonly accepted: readonly string[];
  /** How many rules warn, and how many only have something to say. */
  readonly warnings: number;
  readonly notes: number;
  /** What to change at the source of the configuration; null where an edit in the cluster is all. */
  readonly upstream: string | null;
};

/** What one rule says of one target, for the cluster or for all nodes of which it says the same. */
export type AssessedFinding = {
  readonly rule: string;
  /** Of the catalogue. */
  readonly section: number;
  /** The mode that was asked about. */
  readonly target: ProxyMode;
  /** `rollback`: found for the way back from the target to the mode that runs now. */
  readonly direction: Direction;
  readonly verdict: Verdict;
  /** Stands in the way: a block, or an unknown of a rule that could block, that was not accepted. */
  readonly blocking: boolean;
  readonly acceptedBy?: string;
  readonly scope: 'cluster' | 'node';
  /** How many nodes of which group; empty for a finding about the cluster. */
  readonly groups: readonly { readonly id: string; readonly nodes: number }[];
  /** Different wordings, because different things were observed. */
  readonly messages: readonly AssessedMessage[];
  /** KEP, pull request, issue or file the rule stands on. */
  readonly source: string;
};

export type AssessedMessage = {
  readonly message: string;
  /** Of an unknown: what was not seen. */
  readonly because?: string;
  /** A command or a snippet; may have several lines. */
  readonly fix?: string;
  /** Empty for a finding about the cluster. */
  readonly nodes: readonly string[];
};

/** `remedy`: how it can be made visible. */
export type NotSeen = { readonly what: string; readonly why: string; readonly remedy: string };
