// Up to 3.28 Felix knows iptables only. It reads all rules by iptables-nft-save, cannot parse kube-proxy's native ones, and panics.
import { isOlder, showVersion } from '../facts/image.ts';
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { ofCalico } from './shared-calico.ts';

export const calicoNoNftDataplane: ClusterRule = {
  id: 'calico-no-nft-dataplane',
  section: 2,
  scope: 'cluster',
  title: 'Calico is older than 3.29, which has no nftables mode',
  verdicts: { nftables: 'block' },
  source: 'projectcalico/calico#8025; tigera/docs#1249',
  check: ({ cluster }) =>
    ofCalico(cluster, (calico) =>
      given([calico.version], (version) => {
        if (!isOlder(version, 3, 29)) return undefined;
        return {
          message: `Calico is ${showVersion(version)}: its Felix cannot parse the rules of kube-proxy's nftables mode and panics, and network policies stop being programmed.`,
          fix: 'Upgrade Calico first: to 3.32 or later, which follows kube-proxy node by node, or at least to 3.29.',
        };
      }),
    ),
};
