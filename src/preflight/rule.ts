// What a rule is: data for documents and tests, and one pure question.
import type { ProxyMode } from '../api/fields.ts';
import type { ClusterFacts } from './facts/cluster.ts';
import type { NodeFacts } from './facts/node.ts';
import type { Direction, RuleVerdict } from './finding.ts';
import type { Unseen } from './known.ts';

/** The sections of the catalogue, in its order. */
export const SECTIONS = {
  1: 'Ownership, discovery, effective configuration',
  2: 'Calico',
  3: 'Other CNIs',
  4: 'DNS caches',
  5: 'L2 announcers, VIPs, foreign IPVS',
  6: 'NodePorts, host firewall, conntrack',
  7: 'Node kernel, modules, binaries, sysctls',
  8: 'Configuration fields that move with the mode',
  9: 'Behaviour changes',
  10: 'Dual-stack and families',
  11: 'Scale',
  14: 'Rollback viability',
} as const;
export type Section = keyof typeof SECTIONS;

/** What a hit says. */
export type Hit = {
  /** Sentences with the observed value: what is so, and what it leads to. */
  readonly message: string;
  /** Command or snippet. Every block and warning has one. */
  readonly fix?: string;
  /** When the rule's table has several verdicts for the target; otherwise, and when left out, the (first) one there. */
  readonly verdict?: RuleVerdict;
};

/** undefined: passes, or does not apply. Unseen: what it needs was not seen (see `given`). */
export type Outcome = Hit | Unseen | undefined;

export type ClusterContext = {
  readonly cluster: ClusterFacts;
  /** Every node of the cluster, Windows included. */
  readonly nodes: readonly NodeFacts[];
  readonly target: ProxyMode;
  /** What is left: the node's running mode, for cluster rules the one kube-proxy's configuration asks for. '' is resolved. May be a mode that is no target (userspace). */
  readonly from: string | undefined;
  readonly direction: Direction;
  /** Modules that can be loaded will be, before kube-proxy is restarted (spec.preflight.kernelModules: Load). */
  readonly loads: boolean;
};
export type NodeContext = ClusterContext & { readonly node: NodeFacts };

/** One verdict, or several of which the first is the usual one. */
export type VerdictCell = RuleVerdict | readonly [RuleVerdict, ...RuleVerdict[]];

type Entry = {
  /** As in the catalogue; used in status, events and documents, and never changed. */
  readonly id: string;
  readonly section: Section;
  /** A condition, to follow "not known whether" and to head a row: "the kernel is older than 5.13". */
  readonly title: string;
  /** The possible verdicts by target. A target that is not here is not asked about. */
  readonly verdicts: Readonly<Partial<Record<ProxyMode, VerdictCell>>>;
  /** KEP, pull request, issue or file the rule stands on. */
  readonly source: string;
  /** Left out on the way back: the cluster lived with it in the old mode, so returning to that mode brings nothing new. */
  readonly onlyForward?: true;
};

export type ClusterRule = Entry & { readonly scope: 'cluster'; readonly check: (context: ClusterContext) => Outcome };
/** Asked once per Linux node. */
export type NodeRule = Entry & { readonly scope: 'node'; readonly check: (context: NodeContext) => Outcome };
export type Rule = ClusterRule | NodeRule;

/** The same for every target. */
export function everyMode(cell: VerdictCell): Readonly<Record<ProxyMode, VerdictCell>> {
  return { iptables: cell, ipvs: cell, nftables: cell };
}

export function cellVerdicts(cell: VerdictCell): readonly [RuleVerdict, ...RuleVerdict[]] {
  return typeof cell === 'string' ? [cell] : cell;
}

/** The strongest verdict the rule can give; undefined where it is not asked. */
export function strongest(rule: Rule, target: ProxyMode): RuleVerdict | undefined {
  const cell = rule.verdicts[target];
  if (cell === undefined) return undefined;
  return (['block', 'warn', 'info'] as const).find((verdict) => cellVerdicts(cell).includes(verdict));
}
