// kube-proxy reads its configuration once, when it starts. Where the configuration was changed since, the node runs one thing and will
// run another after its next restart, whenever and for whatever reason that comes.
import { FIELD_MANAGER } from '../../api/names.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import type { NodeFacts } from '../facts/node.ts';
import type { ConfigMap } from '../facts/objects.ts';
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { Hit, NodeRule } from '../rule.ts';
import { NAME_NODE, podOfNode, whereConfigured, type PodOptions } from './shared-kube-proxy.ts';

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
 * The mode read is the one that is written, or there was no answer; and the process is older than what somebody else has written to the
 * ConfigMap: other fields may have changed since. Proxymode's own writes are left out: it changes nothing without the mode, which is
 * compared above, and puts the bytes back that nodes were started with. The API server's clock made the pod's time and that of the
 * write; the process start is the node's, and is believed only where it says that all is well.
 */
function older(cluster: ClusterFacts, node: NodeFacts): Hit | undefined {
  const writes = valueOr(cluster.kubeProxy.configMap, undefined)?.metadata.managedFields ?? [];
  const times = writes.flatMap((write) => (write.time !== undefined && mayHaveChanged(write) ? [write.time] : []));
  // All of one form, 2026-05-01T10:00:00Z: the order of the letters is that of time.
  const last = times.toSorted().at(-1);
  const created = valueOr(node.kubeProxy.pod, undefined)?.metadata.creationTimestamp;
  if (last === undefined || created === undefined || created >= last) return undefined;
  const started = valueOr(node.kubeProxy.processStart, 0) * 1000;
  if (started >= Temporal.Instant.from(last).epochMilliseconds) return undefined;
  const pod = podOfNode(cluster);
  if (pod === undefined) return undefined;
  return {
    message: `kube-proxy's ConfigMap was last written at ${last}, after kube-proxy was started here: whatever was changed then takes effect at its next restart, outside any order.`,
    fix: `See whether the two differ; where they do not, nothing is to be done:\n${compare(cluster, pod)}`,
  };
}

type Write = NonNullable<ConfigMap['metadata']['managedFields']>[number];

/** A label or an annotation changes nothing for kube-proxy. */
function mayHaveChanged({ manager, fieldsV1 }: Write): boolean {
  const isOfData = typeof fieldsV1 !== 'object' || fieldsV1 === null || 'f:data' in fieldsV1;
  return isOfData && manager !== FIELD_MANAGER;
}

/** What the process runs with, and what is written. Only a kube-proxy of a DaemonSet has a ConfigMap. */
function compare({ kubeProxy: { place, config } }: ClusterFacts, pod: PodOptions): string {
  const port = valueOr(config, undefined)?.read.metricsPort ?? 10249;
  const name = place.known && place.value.kind === 'daemonSet' ? place.value.located.configMap : 'kube-proxy';
  const ask = `kubectl ${pod.inNamespace}`;
  return `${NAME_NODE}
${ask} port-forward "$(${ask} get pods ${pod.select} -o name)" ${port}:${port} &
curl -s http://127.0.0.1:${port}/configz
${ask} get configmap ${name} -o yaml`;
}

function restart(cluster: ClusterFacts): string {
  const pod = podOfNode(cluster);
  return pod === undefined
    ? 'systemctl restart kube-proxy   # on the node'
    : `${NAME_NODE}\nkubectl ${pod.inNamespace} delete pod ${pod.select}`;
}
