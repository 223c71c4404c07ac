// kube-proxy runs, but not from a DaemonSet: its mode is in files of the nodes, where nothing in the cluster can be edited.
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';

export const kubeProxyNotAPod: ClusterRule = {
  id: 'kube-proxy-not-a-pod',
  section: 1,
  scope: 'cluster',
  title: 'kube-proxy is a static pod or a process of the nodes',
  verdicts: everyMode('block'),
  source: 'pkg/kubelet/types/constants.go, kubernetes.io/config.mirror; kubeasz, k3s, RKE2 and kOps documentation',
  onlyForward: true,
  check: ({ cluster, target }) =>
    given([cluster.kubeProxy.place], (place) => {
      const distribution = valueOr(cluster.distribution, undefined);
      const upstream = distribution?.upstream(target);
      if (place.kind === 'staticPods') {
        const [first] = place.pods;
        return {
          message: `kube-proxy runs as a static pod (${first?.metadata.namespace}/${first?.metadata.name}, ${place.pods.length} in all): the kubelet reads it from a file of its node, and an edit in the cluster changes nothing.`,
          fix: distribution?.id === 'unknown' ? MANIFEST : (upstream ?? MANIFEST),
        };
      }
      // Where the file was read on the nodes, somebody has given the way there, and there it can be edited.
      const { configText } = cluster.kubeProxy;
      if (place.kind !== 'onNodes' || configText.known) return undefined;
      return {
        message: `No pod runs kube-proxy, but ${answering(place.answering)}: it is a service of the nodes, and ${configText.why}.`,
        fix: upstream === undefined ? BY_SSH : `${upstream}\n${BY_SSH}`,
      };
    }),
};

const MANIFEST =
  "On every node: --proxy-mode, or the file its --config names, in kube-proxy's manifest under /etc/kubernetes/manifests; the kubelet restarts it.";
const BY_SSH =
  'Where it is a systemd unit, let the operator do it: spec.kubeProxy.type: Systemd with spec.nodeAccess.type: SSH.';

function answering([first, ...others]: readonly string[]): string {
  return others.length === 0 ? `node ${first} answers` : `node ${first} and ${others.length} more answer`;
}
