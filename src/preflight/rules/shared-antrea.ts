// What the rules about Antrea share.
import type { ClusterFacts } from '../facts/cluster.ts';
import type { AntreaFacts } from '../facts/cni.ts';
import { given } from '../known.ts';
import type { Outcome } from '../rule.ts';

export function ofAntrea(cluster: ClusterFacts, ask: (antrea: AntreaFacts) => Outcome): Outcome {
  return given([cluster.cni], ({ antrea }) => (antrea === undefined ? undefined : ask(antrea)));
}
