// What the rules about Cilium share.
import type { ClusterFacts } from '../facts/cluster.ts';
import type { CiliumFacts } from '../facts/cni.ts';
import { given } from '../known.ts';
import type { Outcome } from '../rule.ts';

export function ofCilium(cluster: ClusterFacts, ask: (cilium: CiliumFacts) => Outcome): Outcome {
  return given([cluster.cni], ({ cilium }) => (cilium === undefined ? undefined : ask(cilium)));
}

/** `strict` up to 1.13, `true` since. All others (false, disabled, partial, probe) leave Services to kube-proxy, at least in part. */
export function isFull(kubeProxyReplacement: string): boolean {
  return ['true', 'strict'].includes(kubeProxyReplacement.toLowerCase());
}
