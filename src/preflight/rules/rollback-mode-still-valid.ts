// The old mode may be one this kube-proxy, or this node, could not be started in again.
import { supportsMode } from '../../kubeproxy/versions.ts';
import { isProxyMode } from '../../kubeproxy/coupled-fields.ts';
import { isRhel10 } from '../facts/os.ts';
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';

export const rollbackModeStillValid: NodeRule = {
  id: 'rollback-mode-still-valid',
  section: 14,
  scope: 'node',
  title: 'the node could not go back to the mode it runs now',
  verdicts: everyMode('block'),
  source: 'KEP-5495; k/k PR 111806; kubernetes/kops PR 17789',
  onlyForward: true,
  check: ({ cluster, node, target }) =>
    given([node.kubeProxy.mode, cluster.kubeProxy.version], (old, version) => {
      if (old === target) return undefined;
      const problem = problemWith(old, version.text, valueOr(cluster.kubeProxy.config, undefined)?.read.featureGates);
      const noIptables =
        old === 'iptables' && isRhel10(node) ? `${node.osImage} has no kernel modules for iptables.` : undefined;
      const why = problem ?? noIptables;
      if (why === undefined) return undefined;
      return {
        message: `The node runs ${old} and could not go back to it. ${why}`,
        fix: 'Remove the obstacle first, or accept that there is no way back: add rollback-mode-still-valid to spec.preflight.accept.',
      };
    }),
};

function problemWith(
  mode: string,
  version: string,
  gates: Readonly<Record<string, boolean>> | undefined,
): string | undefined {
  if (isProxyMode(mode)) return supportsMode(mode, version, gates);
  return `kube-proxy ${version} can be given modes iptables, ipvs and nftables only.`;
}
