// What rules of section 1 ask about the place where kube-proxy runs.
import type { ClusterFacts, KubeProxyPlace } from '../facts/cluster.ts';
import { given } from '../known.ts';
import type { Outcome } from '../rule.ts';

export type InDaemonSet = Extract<KubeProxyPlace, { readonly kind: 'daemonSet' }>;

/** Of a kube-proxy whose configuration is a ConfigMap. Everywhere else the rule does not apply: kube-proxy-not-a-pod, config-file-key. */
export function inDaemonSet(cluster: ClusterFacts, use: (place: InDaemonSet) => Outcome): Outcome {
  return given([cluster.kubeProxy.place], (place) => (place.kind === 'daemonSet' ? use(place) : undefined));
}

/** The same, and where the configuration was read elsewhere: from a file of the nodes, or from flags. */
export function whereConfigured(cluster: ClusterFacts, use: () => Outcome): Outcome {
  return given([cluster.kubeProxy.place], (place) =>
    place.kind === 'daemonSet' || cluster.kubeProxy.writtenMode.known ? use() : undefined,
  );
}

export function editConfigMap({ located }: InDaemonSet): string {
  return `kubectl -n ${located.namespace} edit configmap ${located.configMap}`;
}
