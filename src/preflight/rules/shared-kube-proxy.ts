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

export type PodOptions = { readonly inNamespace: string; readonly select: string };

/**
 * Options by which kubectl finds kube-proxy's pod on one node, whose name the reader puts into NODE: the findings of many nodes are shown
 * as one, so no command names a node. undefined where kube-proxy is no pod of a DaemonSet.
 */
export function podOfNode({ kubeProxy: { place } }: ClusterFacts): PodOptions | undefined {
  if (!place.known || place.value.kind !== 'daemonSet') return undefined;
  const { namespace, selector } = place.value.located;
  return { inNamespace: `-n ${namespace}`, select: `-l '${selector}' --field-selector spec.nodeName=$NODE` };
}

/** The command that prints its log. */
export function logOfNode(cluster: ClusterFacts): string {
  const pod = podOfNode(cluster);
  if (pod === undefined) return 'journalctl -u kube-proxy   # on the node';
  return `kubectl ${pod.inNamespace} logs "$(kubectl ${pod.inNamespace} get pods ${pod.select} -o name)"`;
}

/** First line of commands that use $NODE. */
export const NAME_NODE = 'NODE=   # the name of the node';

export function editConfigMap({ located }: InDaemonSet): string {
  return `kubectl -n ${located.namespace} edit configmap ${located.configMap}`;
}
