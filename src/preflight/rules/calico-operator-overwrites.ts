// Up to 1.40 the Tigera operator writes nftablesMode Enabled or Disabled into FelixConfiguration `default` at every reconcile, by the
// Installation's linuxDataplane (later ones: calico-auto-disabled-by-operator). Where what it writes fits the target there is nothing
// to say: an ordinary cluster on iptables or ipvs has linuxDataplane Iptables, and shall not be warned.
//
// Not asked for the way back: one static setting cannot fit both modes; rollback-cni asks for that.
import { isOlder } from '../facts/image.ts';
import type { CalicoFacts } from '../facts/cni.ts';
import { given, known } from '../known.ts';
import type { Known } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { linuxDataplane, ofCalico, patchInstallation } from './shared-calico.ts';

export const calicoOperatorOverwrites: ClusterRule = {
  id: 'calico-operator-overwrites',
  section: 2,
  scope: 'cluster',
  title: 'the Tigera operator sets nftablesMode to the opposite of the target mode',
  verdicts: { iptables: 'warn', ipvs: 'warn', nftables: 'block' },
  source: 'tigera/operator pkg/controller/installation/core_controller.go; PR 4389',
  onlyForward: true,
  check: ({ cluster, target }) =>
    ofCalico(cluster, (calico) => {
      if (calico.managedBy !== 'operator') return undefined;
      return given([writesStaticMode(calico), linuxDataplane(calico)], (writes, dataplane) => {
        if (!writes || dataplane === undefined) return undefined;
        const wanted = target === 'nftables' ? 'Nftables' : 'Iptables';
        if ((dataplane === 'Nftables') === (wanted === 'Nftables')) return undefined;
        const written = dataplane === 'Nftables' ? 'Enabled' : 'Disabled';
        return {
          message: `The Installation has linuxDataplane ${dataplane}, so the Tigera operator keeps writing nftablesMode ${written} into FelixConfiguration default, whatever is set there by hand; ${target} needs the opposite.`,
          fix: [
            'Best: upgrade to Calico 3.32 (operator 1.42) or later, which follows kube-proxy node by node.',
            'Otherwise change the Installation, not the FelixConfiguration. That switches Felix on all nodes at once, so do it with kube-proxy:',
            patchInstallation({ linuxDataplane: wanted }),
          ].join('\n'),
        };
      });
    }),
};

/** Operator 1.36 came with Calico 3.29, 1.40 with 3.31. Where the operator's version is not seen, Calico's tells. */
function writesStaticMode(calico: CalicoFacts): Known<boolean> {
  const { operatorVersion: operator, version } = calico;
  if (operator.known && operator.value !== undefined)
    return known(isOlder(operator.value, 1, 41) && !isOlder(operator.value, 1, 36));
  if (version.known) return known(isOlder(version.value, 3, 32) && !isOlder(version.value, 3, 29));
  return version;
}
