// Calico 3.32 and later looks for kube-proxy's table itself. Good news, and the reason why calico-node restarts after the switch.
import { felixSetting } from '../facts/calico-facts.ts';
import { showVersion } from '../facts/image.ts';
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { follows, forcedToIptables, ofCalico } from './shared-calico.ts';

export const calicoAutoFollows: ClusterRule = {
  id: 'calico-auto-follows',
  section: 2,
  scope: 'cluster',
  title: 'Calico follows kube-proxy by itself and restarts Felix for it',
  verdicts: everyMode('info'),
  source: 'projectcalico/calico PR 11629, felix/nftables',
  check: ({ cluster }) =>
    ofCalico(cluster, (calico) =>
      given([calico.version, felixSetting(calico, '', 'nftablesMode')], (version, mode) => {
        if (!follows(mode, version)) return undefined;
        return given([forcedToIptables(calico, version)], (forced) => {
          if (forced) return undefined;
          return {
            message: `Calico ${showVersion(version)} has nftablesMode Auto: Felix looks for kube-proxy's nftables table every 15 seconds and restarts itself when it appears or goes. After a switch to or from nftables wait until calico-node is Ready and stays so.`,
          };
        });
      }),
    ),
};
