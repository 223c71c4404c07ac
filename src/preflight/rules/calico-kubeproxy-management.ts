// The Tigera operator may manage kube-proxy: it parks it by a nodeSelector when Calico's eBPF dataplane takes over, and unparks it again.
// Two who patch one DaemonSet get in each other's way.
import { textAt } from '../facts/fields.ts';
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { ofCalico, patchInstallation } from './shared-calico.ts';

export const calicoKubeproxyManagement: ClusterRule = {
  id: 'calico-kubeproxy-management',
  section: 2,
  scope: 'cluster',
  title: "the Tigera operator manages kube-proxy's DaemonSet",
  verdicts: everyMode('warn'),
  source: 'tigera/operator PR 4058, kubeproxy controller',
  check: ({ cluster }) =>
    ofCalico(cluster, ({ managedBy, installation }) => {
      // Without the operator nobody reads an Installation.
      if (managedBy !== 'operator') return undefined;
      return given([installation], (spec) => {
        if (textAt(spec, ['calicoNetwork', 'kubeProxyManagement']) !== 'Enabled') return undefined;
        return {
          message:
            "The Installation has kubeProxyManagement Enabled: the Tigera operator patches the nodeSelector of kube-proxy's DaemonSet (operator.tigera.io/disable-kube-proxy) while the migration edits it.",
          fix: `For the time of the migration:\n${patchInstallation({ kubeProxyManagement: 'Disabled' })}`,
        };
      });
    }),
};
