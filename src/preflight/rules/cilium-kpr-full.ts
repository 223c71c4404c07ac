// Cilium in place of kube-proxy: what kube-proxy programs is never used by pods, whatever its mode.
import type { KubeProxyPlace } from '../facts/cluster.ts';
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { isFull, ofCilium } from './shared-cilium.ts';

export const ciliumKprFull: ClusterRule = {
  id: 'cilium-kpr-full',
  section: 3,
  scope: 'cluster',
  title: 'Cilium serves Services in place of kube-proxy',
  verdicts: everyMode('block'),
  source: 'cilium documentation, kube-proxy replacement; cilium/cilium PR 16139',
  check: ({ cluster }) =>
    ofCilium(cluster, ({ kubeProxyReplacement, nodeOverrides, namespace }) =>
      given([kubeProxyReplacement], (value) => {
        const place = valueOr(cluster.kubeProxy.place, undefined);
        if (isFull(value))
          return {
            message: `ConfigMap ${namespace}/cilium-config has kube-proxy-replacement ${value}: Cilium serves all Services, and a kube-proxy beside it is dead weight.`,
            fix: fix(place),
          };
        return given([nodeOverrides], (overrides) => {
          const full = Object.entries(overrides).filter(([, one]) => isFull(one));
          if (full.length === 0) return undefined;
          return {
            message: `kube-proxy-replacement is ${value}, but CiliumNodeConfig ${full.map(([name, one]) => `${name} sets ${one}`).join(', ')}: on those nodes Cilium serves all Services in place of kube-proxy.`,
            fix: 'Finish the move to Cilium, or take it back, before the mode of kube-proxy is changed (either breaks connections on the node): kubectl get ciliumnodeconfigs -A',
          };
        });
      }),
    ),
};

/** kubeadm would bring kube-proxy back as long as its ConfigMap is there. */
function fix(place: KubeProxyPlace | undefined): string {
  if (place?.kind !== 'daemonSet') return 'Nothing to migrate: there is no kube-proxy to be switched.';
  const { namespace, daemonSet, configMap } = place.located;
  return [
    'Take kube-proxy away instead of switching it, then clean its rules on each node (kube-proxy --cleanup):',
    `kubectl -n ${namespace} delete daemonset ${daemonSet}`,
    `kubectl -n ${namespace} delete configmap ${configMap}`,
  ].join('\n');
}
