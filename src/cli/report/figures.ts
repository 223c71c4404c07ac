// How long things took, over all nodes. Pure.
import type { NodeMigration, ProxyModeMigration } from '../../api/kinds.ts';
import type { Evidence } from '../../api/node-migration.ts';

/** Seconds. */
export type Spread = {
  readonly median: number;
  readonly longest: number;
  readonly node: string;
  readonly nodes: number;
};

export type Figures = {
  /** Seconds from the first change to the end; null while it goes on. */
  readonly took: number | null;
  /** From the replacement of a node's kube-proxy until it was verified in the target mode. */
  readonly perNode: Spread | null;
  /**
   * From the start of a new kube-proxy until its rules were written in every IP family. It deletes the rules of the other mode when it
   * starts, so new connections to Services may have failed for so long, and no longer.
   */
  readonly withoutRules: Spread | null;
};

export function figuresOf({ status }: ProxyModeMigration, records: readonly NodeMigration[]): Figures {
  const { startedAt, finishedAt } = status ?? {};
  return {
    took: between(startedAt, finishedAt) ?? null,
    perNode: spread(
      records.map(({ spec, status: own }) => ({
        node: spec.nodeName,
        seconds: own?.phase === 'Switched' ? between(own.startedAt, own.finishedAt) : undefined,
      })),
    ),
    withoutRules: spread(
      records.flatMap(({ spec, status: own }) =>
        [own?.evidence, own?.restored].map((evidence) => ({ node: spec.nodeName, seconds: ruleless(evidence) })),
      ),
    ),
  };
}

function ruleless(evidence: Evidence | undefined): number | undefined {
  const times = (evidence?.firstSyncs ?? []).map(({ at }) => between(evidence?.processStartedAt, at));
  const known = times.filter((one) => one !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** A clock that was set back gives no figure. */
function between(from: string | undefined, to: string | undefined): number | undefined {
  const seconds = (Date.parse(to ?? '') - Date.parse(from ?? '')) / 1000;
  return seconds >= 0 ? seconds : undefined;
}

type Sample = { readonly node: string; readonly seconds: number | undefined };

function spread(samples: readonly Sample[]): Spread | null {
  const known = samples
    .flatMap(({ node, seconds }) => (seconds === undefined ? [] : [{ node, seconds }]))
    .toSorted((a, b) => a.seconds - b.seconds);
  const longest = known.at(-1);
  const middle = known[Math.floor((known.length - 1) / 2)];
  if (longest === undefined || middle === undefined) return null;
  const nodes = new Set(known.map(({ node }) => node)).size;
  return { median: middle.seconds, longest: longest.seconds, node: longest.node, nodes };
}
