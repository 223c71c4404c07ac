// kube-proxy reads its configuration once, when it starts. Where the configuration was changed since, the node runs one thing and will
// run another after its next restart, whenever and for whatever reason that comes.
import type { ClusterFacts } from '../facts/cluster.ts';
import type { NodeFacts } from '../facts/node.ts';
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { Hit, NodeRule } from '../rule.ts';
import { NAME_NODE, podOfNode, whereConfigured } from './shared-kube-proxy.ts';

export const modeDrift: NodeRule = {
  id: 'mode-drift',
  section: 1,
  scope: 'node',
  title: 'kube-proxy runs with another configuration than the one that is written',
  verdicts: everyMode('warn'),
  source: 'k/k#57144, k/k#94022: a changed ConfigMap restarts nothing; cmd/kube-proxy/app/options.go',
  onlyForward: true,
  check: ({ cluster, node }) =>
    whereConfigured(cluster, () => {
      const { pod, proxyMode } = node.kubeProxy;
      // Where no kube-proxy is meant to be, none can drift.
      if (pod.known && pod.value === undefined && !proxyMode.known) return undefined;
      return given([cluster.kubeProxy.configuredMode], (wanted) => {
        if (proxyMode.known && proxyMode.value !== wanted)
          return {
            message: `kube-proxy runs ${proxyMode.value}, and its configuration says ${wanted}: it switches at its next restart, outside any order.`,
            fix: `Set the configuration back to ${proxyMode.value}, or take the node to ${wanted} now:\n${restart(cluster)}`,
          };
        return older(cluster, node) ?? (proxyMode.known ? undefined : proxyMode);
      });
    }),
};

/**
 * The process is older than the last write to its ConfigMap. The API server's clock made the pod's time and that of the write; the
 * process start is the node's, and is believed only where it says that all is well.
 */
function older(cluster: ClusterFacts, node: NodeFacts): Hit | undefined {
  const writes = valueOr(cluster.kubeProxy.configMap, undefined)?.metadata.managedFields ?? [];
  const times = writes.flatMap(({ time }) => (time === undefined ? [] : [time]));
  // All of one form, 2026-05-01T10:00:00Z: the order of the letters is that of time.
  const last = times.toSorted().at(-1);
  const created = valueOr(node.kubeProxy.pod, undefined)?.metadata.creationTimestamp;
  if (last === undefined || created === undefined || created >= last) return undefined;
  const started = valueOr(node.kubeProxy.processStart, 0) * 1000;
  if (started >= Temporal.Instant.from(last).epochMilliseconds) return undefined;
  return {
    message: `kube-proxy's ConfigMap was last written at ${last}, after kube-proxy was started here: what was changed then takes effect at its next restart, outside any order.`,
    fix: `To have it read what is written now:\n${restart(cluster)}`,
  };
}

function restart(cluster: ClusterFacts): string {
  const pod = podOfNode(cluster);
  return pod === undefined
    ? 'systemctl restart kube-proxy   # on the node'
    : `${NAME_NODE}\nkubectl ${pod.inNamespace} delete pod ${pod.select}`;
}
