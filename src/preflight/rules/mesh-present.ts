// A service mesh has its rules inside the pods' own networks: another mode of kube-proxy does not touch them.
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { few } from './shared-words.ts';

/** Names of the workloads by which meshes are known. */
const MESHES: readonly (readonly [pattern: RegExp, mesh: string])[] = [
  [/^istiod(?:-|$)|^istio-cni-node$|^ztunnel$/, 'Istio'],
  [/^linkerd-destination$|^linkerd-cni$|^linkerd-proxy-injector$/, 'Linkerd'],
];

export const meshPresent: ClusterRule = {
  id: 'mesh-present',
  section: 9,
  scope: 'cluster',
  title: 'a service mesh is installed',
  verdicts: everyMode('info'),
  source: 'istio.io and linkerd.io: architecture',
  check: ({ cluster }) =>
    given([cluster.deployments, cluster.daemonSets], (deployments, daemonSets) => {
      const names = [...deployments, ...daemonSets].map(({ metadata }) => metadata.name);
      const found = MESHES.filter(([pattern]) => names.some((name) => pattern.test(name))).map(([, mesh]) => mesh);
      if (found.length === 0) return undefined;
      return {
        message: `${few(found)} is installed: its rules are in the pods' own networks and do not depend on kube-proxy's mode. Nothing has to be changed along.`,
      };
    }),
};
