// Felix's environment wins over every FelixConfiguration (felix/config: Source), and it is the same on all nodes. kubespray writes it.
import type { Version } from '../../kubeproxy/versions.ts';
import { felixEnv } from '../facts/calico-facts.ts';
import { isOlder } from '../facts/image.ts';
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { isOpposite, ofCalico, unsetEnv } from './shared-calico.ts';

export const calicoEnvOutranks: ClusterRule = {
  id: 'calico-env-outranks',
  section: 2,
  scope: 'cluster',
  title: "calico-node's environment sets nftablesMode to the opposite of the target mode",
  verdicts: everyMode('block'),
  source: 'kubespray calico-node template; felix/config/config_params.go',
  check: ({ cluster, target }) =>
    ofCalico(cluster, (calico) =>
      given([felixEnv(calico, 'nftablesMode')], (value) => {
        if (value === undefined) return undefined;
        return given([calico.version], (version) => {
          // Older ones do not know the variable; calico-no-nft-dataplane speaks for them.
          if (isOlder(version, 3, 29) || !isOpposite(value, version, target)) return undefined;
          const { name } = calico.daemonSet.metadata;
          return {
            message: `DaemonSet ${calico.namespace}/${name} has FELIX_NFTABLESMODE=${value} in its environment, on all nodes at once, and no FelixConfiguration can overrule it: with kube-proxy in mode ${target} network policies stop working.`,
            fix: [
              unsetEnv(calico, 'nftablesMode'),
              `That restarts calico-node on every node. ${whatThen(version)} kubespray sets the variable from kube_proxy_mode: change it in the inventory, too.`,
            ].join('\n'),
          };
        });
      }),
    ),
};

function whatThen(version: Version): string {
  return isOlder(version, 3, 32)
    ? 'Then FelixConfigurations count, and rule calico-nft-mode-static says which.'
    : 'Then nftablesMode is Auto, and Felix follows kube-proxy node by node.';
}
