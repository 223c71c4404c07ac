// One node of the migration as a pass sees it: its facts, its kube-proxy, and its record.
import type { NodeMigrationStatus, ProxyProcess } from '../api/node-migration.ts';
import type { Preparation } from '../api/preflight-status.ts';
import type { LastWords, NodeFacts, Observed, PodFacts, ProbeFacts } from './observed.ts';
import { selects } from './label-selector.ts';
import { epoch } from './time.ts';

export type Phase = NonNullable<NodeMigrationStatus['phase']>;

export type Member = {
  readonly name: string;
  /** `undefined` once the node has left the cluster. */
  readonly node: NodeFacts | undefined;
  readonly pod: PodFacts | undefined;
  readonly probe: ProbeFacts | undefined;
  readonly lastWords: LastWords | undefined;
  readonly selected: boolean;
  /** A NodeMigration exists for this very node. */
  readonly recorded: boolean;
  readonly status: NodeMigrationStatus;
};

const IN_TRANSIT: ReadonlySet<Phase> = new Set(['Switching', 'Verifying', 'Restoring']);

export function phaseOf(member: { readonly status: NodeMigrationStatus }): Phase {
  return member.status.phase ?? 'Pending';
}

export function inTransit(member: { readonly status: NodeMigrationStatus }): boolean {
  return IN_TRANSIT.has(phaseOf(member));
}

/** A node that did not switch in this attempt: from then on the migration goes back. */
export function isFailure({ status }: { readonly status: NodeMigrationStatus }): boolean {
  return status.result === 'FellBack' || status.result === 'Failed' || status.phase === 'Stranded';
}

/** The preflight has looked at it since it was last away: a node may come back with another kernel. */
export function isChecked({ node, status: { checkedAt } }: Pick<Member, 'node' | 'status'>): boolean {
  return checkedAt !== undefined && epoch(checkedAt) >= (node?.readyChangedAt ?? 0);
}

export function isNamedProcess(pod: PodFacts, process: ProxyProcess | undefined): boolean {
  return process !== undefined && process.podUID === pod.uid && process.restarts === pod.restarts;
}

/**
 * Everyone who shares the ConfigMap: nodes that run a kube-proxy pod, and nodes that have a record. A node outside the
 * selection belongs too, since its next restart would switch it.
 */
export function members(seen: Observed): Member[] {
  const nodes = new Map(seen.nodes.map((node) => [node.name, node]));
  const names = new Set([...seen.records.keys(), ...seen.pods.keys()]);
  return [...names].flatMap((name) => {
    const node = nodes.get(name);
    const record = seen.records.get(name);
    return node === undefined && record === undefined ? [] : [memberOf(seen, name, node)];
  });
}

function memberOf(seen: Observed, name: string, node: NodeFacts | undefined): Member {
  const pod = seen.pods.get(name);
  const record = seen.records.get(name);
  // A node re-created under the same name is another node: the old record says nothing of it.
  const same = record !== undefined && (node === undefined || record.nodeUID === node.uid);
  return {
    name,
    node,
    pod,
    probe: pod === undefined ? undefined : seen.probe(pod),
    lastWords: pod === undefined ? undefined : seen.lastWords(pod),
    selected: node !== undefined && selects(seen.migration.spec.nodeSelector, node.labels),
    recorded: same,
    status: same ? carriedOver(record.status, seen.migration.status.attempt ?? 1) : {},
  };
}

/** What an earlier attempt left: switched nodes stay switched, all others start anew. */
function carriedOver(status: NodeMigrationStatus, attempt: number): NodeMigrationStatus {
  const stale = (status.attempt ?? attempt) < attempt;
  if (!stale || status.phase === 'Switched' || IN_TRANSIT.has(status.phase ?? 'Pending')) return status;
  // How a node was before the first change is not forgotten before it is known to be so again.
  const { systemd, preparation, bridge } = status;
  const kept = preparation?.undoneAt === undefined ? preparation : undefined;
  return {
    ...(systemd === undefined ? {} : { systemd }),
    ...(bridge === undefined || bridge.downAt !== undefined ? {} : { bridge }),
    ...(kept === undefined ? {} : { preparation: renewed(kept) }),
  };
}

function renewed({ problem: _problem, failingSince: _since, ...preparation }: Preparation): Preparation {
  return preparation;
}
