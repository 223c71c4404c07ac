// What the demo adds up to, from the simulator's own knowledge: nothing here was reported by the operator.
import type { NodeMigration } from '../api/kinds.ts';
import type { Simulator } from '../simulator/start.ts';

export type Tally = {
  readonly nodes: number;
  /** Nodes whose kube-proxy answers the target mode, and whose rules in the kernel are that mode's. */
  readonly switched: number;
  readonly unfit: {
    readonly node: string;
    /** From the deletion of its pod until its old rules served again, in milliseconds. */
    readonly away: number;
    readonly lastWords: string;
  };
  /** In the order in which they were taken back. */
  readonly takenBack: readonly string[];
  /** Lengths of the times in which a node had no Services, in milliseconds. */
  readonly dark: readonly number[];
  readonly requests: number;
  readonly podsReplaced: number;
};

/** Taken when the first act is over: the second one overwrites the records. */
export type FirstAct = Pick<Tally, 'unfit' | 'takenBack'>;

export function firstActOf(simulator: Simulator, records: readonly NodeMigration[], node: string): FirstAct {
  const history = simulator.node(node).history;
  const deleted = history.find(({ what }) => what === 'podDeleted')?.at ?? 0;
  const served = history.findLast(({ what }) => what === 'synced')?.at ?? 0;
  const evidence = records.find(({ spec }) => spec.nodeName === node)?.status?.evidence;
  return {
    unfit: { node, away: served - deleted, lastWords: evidence?.lastWords ?? '' },
    takenBack: records
      .filter(({ status }) => status?.phase === 'RolledBack')
      .toSorted((a, b) => Date.parse(a.status?.finishedAt ?? '') - Date.parse(b.status?.finishedAt ?? ''))
      .map(({ spec }) => spec.nodeName),
  };
}

export function tallyOf(simulator: Simulator, target: string, first: FirstAct): Tally {
  const { nodes, requests } = simulator;
  return {
    ...first,
    nodes: nodes.length,
    switched: nodes.filter((node) => node.proxyMode() === target && node.dataplane().mode === target).length,
    dark: nodes.flatMap((node) =>
      node.darkness().windows.flatMap(({ from, to }) => (to === undefined ? [] : [to - from])),
    ),
    requests: requests.entries.filter(({ userAgent }) => userAgent === 'proxymode').length,
    podsReplaced: nodes.reduce((sum, node) => sum + node.podDeletions, 0),
  };
}
