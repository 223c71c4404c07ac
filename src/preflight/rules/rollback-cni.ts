// Felix has to follow kube-proxy back as well. With nftablesMode Auto it does; a static setting has to be one of the node alone, so that a
// single node can be taken back while the others stay.
import type { Version } from '../../kubeproxy/versions.ts';
import { felixEnv } from '../facts/calico-facts.ts';
import type { CalicoFacts } from '../facts/cni.ts';
import { isOlder, showVersion } from '../facts/image.ts';
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeContext, NodeRule, Outcome } from '../rule.ts';
import { follows, forcedToIptables, nftablesModeOn, ofCalico, showMode, unsetEnv } from './shared-calico.ts';
import { leaving } from './shared-from.ts';
import { NAME_NODE } from './shared-kube-proxy.ts';

export const rollbackCni: NodeRule = {
  id: 'rollback-cni',
  section: 14,
  scope: 'node',
  title: 'Calico could not follow kube-proxy back to the old mode on this node alone',
  verdicts: everyMode('block'),
  source: 'projectcalico/calico felix/config, order of sources; PR 11629 (Auto follows kube-proxy)',
  onlyForward: true,
  check: (context) =>
    ofCalico(context.cluster, (calico) =>
      given([leaving(context.from)], (from) => {
        // Between iptables and ipvs Felix follows the device kube-ipvs0.
        if ((from === 'nftables') === (context.target === 'nftables')) return undefined;
        return given([calico.version], (version) =>
          isOlder(version, 3, 29) ? undefined : judge(context, calico, version),
        );
      }),
    ),
};

/** calico-no-nft-dataplane speaks for 3.28 and older: with those there is no way to nftables, and so none back. */
function judge({ node, target, from }: NodeContext, calico: CalicoFacts, version: Version): Outcome {
  return given([felixEnv(calico, 'nftablesMode')], (fromEnv) => {
    const name = `Calico ${showVersion(version)}`;
    if (fromEnv !== undefined && !follows(fromEnv, version))
      return {
        message: `${name} has nftablesMode ${fromEnv} from the environment of calico-node, which wins on every node: no node can be taken back to ${from} by itself.`,
        fix: `${unsetEnv(calico, 'nftablesMode')}   # restarts calico-node everywhere\n${prepare(target === 'nftables')}`,
      };
    // calico-auto-disabled-by-operator knows better: once it is done, Felix follows there and back.
    if (target === 'nftables' && valueOr(forcedToIptables(calico, version), false)) return undefined;
    return given([nftablesModeOn(calico, node, version, target)], (mode) => {
      if (follows(mode, version)) return undefined;
      return given([calico.felix], (felix) => {
        if (felix[`node.${node.name}`]?.['nftablesMode'] !== undefined) return undefined;
        return {
          message: `${name} has nftablesMode ${showMode(mode, version)} for all nodes at once, and does not follow kube-proxy: this node could not go back to ${from} without taking the others along.`,
          fix: prepare(target === 'nftables'),
        };
      });
    });
  });
}

function prepare(toNft: boolean): string {
  const [there, back] = toNft ? ['Enabled', 'Disabled'] : ['Disabled', 'Enabled'];
  return [
    NAME_NODE,
    'kubectl apply -f - <<EOF',
    'apiVersion: crd.projectcalico.org/v1',
    'kind: FelixConfiguration',
    'metadata:',
    '  name: node.$NODE',
    'spec:',
    `  nftablesMode: ${back}   # ${there} when the node is switched, and ${back} again when it is taken back`,
    'EOF',
  ].join('\n');
}
