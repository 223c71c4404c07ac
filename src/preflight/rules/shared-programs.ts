// Whose programs the probe has run: kube-proxy's own, or only those of the same node.
import type { KubeProxyPlace } from '../facts/cluster.ts';
import type { NodeFacts } from '../facts/node.ts';

/** A helper pod has kube-proxy's image; over SSH it is the host, whose programs are kube-proxy's where that runs on the host itself. */
export function probeRanItsPrograms({ probe }: NodeFacts, { kind }: KubeProxyPlace): boolean {
  return probe.programs.known && (probe.programs.value === 'image') === (kind !== 'onNodes');
}

/** '1.0.6.1' is not before '1.0.6'. Parts that are missing are zero. */
export function isBefore(version: string, other: string): boolean {
  const [a, b] = [version, other].map((text) => text.split('.').map(Number)) as [number[], number[]];
  const at = Array.from({ length: Math.max(a.length, b.length) }, (_, index) => index).find(
    (index) => (a[index] ?? 0) !== (b[index] ?? 0),
  );
  return at !== undefined && (a[at] ?? 0) < (b[at] ?? 0);
}
