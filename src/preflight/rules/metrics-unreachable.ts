// A node whose kube-proxy cannot be asked can be switched, but nobody could ever say what came of it.
import type { ClusterFacts } from '../facts/cluster.ts';
import { given, isUnseen, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';
import { NAME_NODE, podOfNode } from './shared-kube-proxy.ts';

export const metricsUnreachable: NodeRule = {
  id: 'metrics-unreachable',
  section: 1,
  scope: 'node',
  title: 'kube-proxy on this node cannot be asked for its mode and metrics',
  verdicts: everyMode('block'),
  source: 'cmd/kube-proxy/app/server.go, /proxyMode; k/k PR 134577: port-forwarding needs get and create',
  onlyForward: true,
  check: ({ cluster, node }) =>
    given([cluster.kubeProxy.place], ({ kind }) => {
      // NotReady is a matter of cluster-sick; no kube-proxy at all, of kube-proxy-absent.
      if (kind === 'absent' || !node.ready) return undefined;
      const { asked, pod, proxyMode, syncFailures: metrics } = node.kubeProxy;
      const silent = [proxyMode, metrics].find(isUnseen);
      // Where kube-proxies are pods, a node without one is a node without kube-proxy: virtual ones, or left out on purpose.
      const nobody = kind !== 'onNodes' && pod.known && pod.value === undefined;
      if (silent === undefined || nobody) return undefined;
      if (!asked) return silent;
      return {
        message: `kube-proxy runs, but cannot be asked for its mode and metrics (${silent.why}): after the switch nobody could tell whether it worked.`,
        fix: fixFor(cluster),
      };
    }),
};

function fixFor(cluster: ClusterFacts): string {
  const port = valueOr(cluster.kubeProxy.config, undefined)?.read.metricsPort ?? 10_249;
  const ask = `curl -s http://127.0.0.1:${port}/proxyMode`;
  const pod = podOfNode(cluster);
  if (pod === undefined) return `${ask}   # on the node; and let nothing keep the operator from it`;
  return [
    '# as the operator asks; what fails here has to be mended (host firewall, metricsBindAddress, a proxy in between):',
    NAME_NODE,
    `kubectl ${pod.inNamespace} port-forward "$(kubectl ${pod.inNamespace} get pods ${pod.select} -o name)" ${port}:${port}`,
    `${ask}   # in another shell`,
    '# the right it needs:',
    '- apiGroups: [""]',
    '  resources: [pods/portforward]',
    '  verbs: [get, create]',
  ].join('\n');
}
