// Ordering resourceVersions of one resource. Officially comparable as decimal numbers of any length since KEP-5504
// (Kubernetes 1.35); etcd's revisions always were. Anything else is only comparable for equality.

const DECIMAL = /^[1-9][0-9]*$/;

/** Whether `seen` is `wanted` or newer. Versions that are no decimal numbers count only when equal. */
export function isAtLeast(seen: string | undefined, wanted: string): boolean {
  if (seen === undefined) return false;
  if (seen === wanted) return true;
  if (!DECIMAL.test(seen) || !DECIMAL.test(wanted)) return false;
  if (seen.length !== wanted.length) return seen.length > wanted.length;
  return seen > wanted;
}
