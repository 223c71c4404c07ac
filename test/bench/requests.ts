// What the operator asked of the API server, counted in the simulated server's own log.
import type { LoggedRequest } from '../../src/simulator/apiserver/request-log.ts';

/** `patch nodemigrations/status` and how often, the commonest first. */
export function byKind(requests: readonly LoggedRequest[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { verb, resource, subresource } of requests) {
    const kind = `${verb} ${subresource === undefined ? resource : `${resource}/${subresource}`}`;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts].toSorted((a, b) => b[1] - a[1]);
}

/**
 * Whole lists that were asked for although a watch should have told: every list that comes after the first change to a
 * pod. (Before it each resource is listed once, page by page, when its cache is opened.)
 */
export function laterLists(requests: readonly LoggedRequest[]): number {
  const begin = requests.findIndex(({ verb, resource }) => verb === 'delete' && resource === 'pods');
  return begin < 0 ? 0 : requests.slice(begin).filter(({ verb }) => verb === 'list').length;
}

/**
 * How long a free slot stayed unused, in milliseconds: with `slots` nodes in transit at most, the k-th verified node makes
 * room for the deletion of the pod number slots + k.
 */
export function slotTimes(verifiedAt: readonly number[], deletedAt: readonly number[], slots: number): number[] {
  const deletions = deletedAt.toSorted((a, b) => a - b);
  return verifiedAt
    .toSorted((a, b) => a - b)
    .flatMap((at, index) => {
      const next = deletions[slots + index];
      return next === undefined ? [] : [Math.max(0, next - at)];
    });
}
