// OVN-Kubernetes serves Services in OVS flows. Clusters with it have no kube-proxy.
import { given, isUnseen, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';

export const ovnKubernetes: ClusterRule = {
  id: 'ovn-kubernetes',
  section: 3,
  scope: 'cluster',
  title: 'OVN-Kubernetes serves Services in place of kube-proxy',
  verdicts: everyMode('block'),
  source: 'OpenShift network.operator.openshift.io; ovn-org/ovn-kubernetes',
  check: ({ cluster }) =>
    given([cluster.cni], ({ ovnKubernetes: found }) => {
      // Somebody who may not list OpenShift's networks is refused on every cluster, whether there is such a kind or not. Where kube-proxy
      // runs in pods and no DaemonSet of OVN-Kubernetes does, the answer is there without that list.
      const place = valueOr(cluster.kubeProxy.place, undefined)?.kind;
      if (isUnseen(found) && (place === 'daemonSet' || place === 'staticPods')) return undefined;
      return given([found], (is) => {
        if (!is) return undefined;
        return {
          message:
            'OVN-Kubernetes is the network, and it serves Services itself: there is no kube-proxy whose mode could be changed.',
          fix: 'Nothing to migrate.',
        };
      });
    }),
};
