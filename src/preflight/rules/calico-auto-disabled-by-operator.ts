// From 1.42 on (Calico 3.32) the Tigera operator leaves the choice to Felix, but only with `linuxDataplane: Nftables`. With Iptables, the
// default, it writes nftablesMode Disabled at every reconcile, and Felix does not follow kube-proxy to nftables.
import { showVersion } from '../facts/image.ts';
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { forcedToIptables, ofCalico, patchInstallation } from './shared-calico.ts';

export const calicoAutoDisabledByOperator: ClusterRule = {
  id: 'calico-auto-disabled-by-operator',
  section: 2,
  scope: 'cluster',
  title: 'the Tigera operator keeps Felix from following kube-proxy to nftables',
  verdicts: { nftables: 'block' },
  source: 'projectcalico/calico PR 11629; tigera/operator PR 4389',
  check: ({ cluster }) =>
    ofCalico(cluster, (calico) => {
      if (calico.managedBy !== 'operator') return undefined;
      return given([calico.version], (version) =>
        given([forcedToIptables(calico, version)], (forced) => {
          if (!forced) return undefined;
          return {
            message: `Calico ${showVersion(version)} could follow kube-proxy, but the Installation has linuxDataplane Iptables, for which the Tigera operator writes nftablesMode Disabled: with kube-proxy in nftables mode network policies stop working.`,
            fix: [
              patchInstallation({ linuxDataplane: 'Nftables' }),
              'The operator then writes nftablesMode Auto: nothing changes on a node until its kube-proxy runs nftables. Do it before the first node.',
            ].join('\n'),
          };
        }),
      );
    }),
};
