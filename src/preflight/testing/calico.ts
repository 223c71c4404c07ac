// Calico in clusters for tests: by manifest, or by the Tigera operator.
import type { ClusterParts, WorkloadParts } from './cluster.ts';
import { custom, daemonSet } from './cluster.ts';

/** calico-node from the manifest with the Kubernetes datastore. */
export function calico(version: string, parts: WorkloadParts = {}): ReturnType<typeof daemonSet> {
  return daemonSet('calico-node', { image: `docker.io/calico/node:${version}`, ...parts });
}

type Spec = Readonly<Record<string, unknown>>;

/** By the operator, which writes `calicoNetwork` of the Installation. */
export function operated(
  version: string,
  operator: string,
  calicoNetwork: Spec = {},
  settings: Spec = {},
): ClusterParts {
  return {
    daemonSets: [calico(version, { namespace: 'calico-system', owner: 'Installation' })],
    deployments: [{ ...daemonSet('tigera-operator', { image: `quay.io/tigera/operator:${operator}` }) }],
    custom: {
      installations: [custom('default', { calicoNetwork })],
      felixConfigurations: [custom('default', settings)],
    },
  };
}

/** FelixConfigurations by name. */
export function felix(specs: Readonly<Record<string, Spec>>): Pick<ClusterParts, 'custom'> {
  return { custom: { felixConfigurations: Object.entries(specs).map(([name, spec]) => custom(name, spec)) } };
}
