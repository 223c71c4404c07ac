// Felix has to use nftables exactly where kube-proxy does. Calico 3.29 to 3.31 reads nftablesMode when Felix starts and does not follow
// kube-proxy; later ones follow (calico-auto-follows) unless somebody wrote Enabled or Disabled, which is caught here, too: the catalogue
// names 3.29 to 3.31 only, but a FelixConfiguration written in those days survives the upgrade.
//
// Not asked for the way back: a static setting that fits the new mode never fits the old one. rollback-cni asks for both to be prepared.
import type { ProxyMode } from '../../api/fields.ts';
import type { Version } from '../../kubeproxy/versions.ts';
import { felixEnv } from '../facts/calico-facts.ts';
import type { CalicoFacts } from '../facts/cni.ts';
import { isOlder, showVersion } from '../facts/image.ts';
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';
import {
  forcedToIptables,
  hasOwn,
  isOpposite,
  nftablesModeOn,
  ofCalico,
  patchFelix,
  showMode,
} from './shared-calico.ts';

export const calicoNftModeStatic: NodeRule = {
  id: 'calico-nft-mode-static',
  section: 2,
  scope: 'node',
  title: "Calico's nftablesMode is the opposite of the target mode",
  verdicts: everyMode('block'),
  source: 'tigera/docs#1708; projectcalico/calico felix config_batcher, PR 11629',
  onlyForward: true,
  check: ({ cluster, node, target }) =>
    ofCalico(cluster, (calico) =>
      given([calico.version, felixEnv(calico, 'nftablesMode')], (version, fromEnv) => {
        // calico-no-nft-dataplane, calico-env-outranks and calico-auto-disabled-by-operator know better what to do.
        if (isOlder(version, 3, 29) || fromEnv !== undefined) return undefined;
        if (target === 'nftables' && valueOr(forcedToIptables(calico, version), false)) return undefined;
        return given([nftablesModeOn(calico, node, version, target)], (mode) => {
          if (!isOpposite(mode, version, target)) return undefined;
          return {
            message: `Calico ${showVersion(version)} has nftablesMode ${showMode(mode, version)} here and does not follow kube-proxy: with ${target} its network policies stop working.`,
            fix: isOlder(version, 3, 32) ? perNode(target) : auto(calico, node.name, version),
          };
        });
      }),
    ),
};

/** `node.<name>` wins over `default` on that node alone, so that Calico and kube-proxy can be switched node by node. */
function perNode(target: ProxyMode): string {
  return [
    'Best: upgrade Calico to 3.32 or later, which follows kube-proxy node by node.',
    'Otherwise accept this rule, migrate few nodes at a time, and right before each of them is switched:',
    'NODE=<name of the node>',
    'kubectl apply -f - <<EOF',
    'apiVersion: crd.projectcalico.org/v1',
    'kind: FelixConfiguration',
    'metadata:',
    '  name: node.$NODE',
    'spec:',
    `  nftablesMode: ${target === 'nftables' ? 'Enabled' : 'Disabled'}`,
    'EOF',
    'When all nodes are switched, set it in FelixConfiguration default (or the Installation) and delete these.',
  ].join('\n');
}

/** The setting goes where it was found. */
function auto(calico: CalicoFacts, node: string, version: Version): string {
  const own = hasOwn(calico, node, 'nftablesMode');
  const name = own ? '"node.$NODE"' : 'default';
  const command = patchFelix(name, { nftablesMode: 'Auto' });
  return `${own ? 'NODE=<name of the node>\n' : ''}${command}\nCalico ${showVersion(version)} then follows kube-proxy by itself, there and back.`;
}
