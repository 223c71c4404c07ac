// portmap with externalSetMarkChain jumps to kube-proxy's chain KUBE-MARK-MASQ, which does not exist in nftables mode: pods with hostPorts then
// cannot be started.
import type { ClusterFacts } from '../facts/cluster.ts';
import { CONFIG_MAPS } from '../facts/snapshot.ts';
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';
import { few } from './shared-words.ts';

export const portmapMarkChain: NodeRule = {
  id: 'portmap-mark-chain',
  section: 6,
  scope: 'node',
  title: "the CNI plugin portmap uses one of kube-proxy's chains",
  verdicts: { ...everyMode('warn'), nftables: 'block' },
  source: 'k/k#62090; containernetworking/plugins, portmap: externalSetMarkChain',
  onlyForward: true,
  check: ({ cluster, node, target, from }) => {
    if (target === from) return undefined;
    const inCluster = configMapsWithMark(cluster);
    const seen = node.probe.cniMarkChain;
    // The node's own files decide; a ConfigMap they are made from is enough where nobody looked.
    if (!seen.known && inCluster.length > 0) return hit(few(inCluster), target === 'nftables');
    return given([seen], (lines) =>
      lines.length === 0 ? undefined : hit(few([...new Set(lines.map(fileOf))], 3), target === 'nftables'),
    );
  },
};

function hit(where: string, vanishes: boolean): { readonly message: string; readonly fix: string } {
  const effect = vanishes
    ? "in nftables mode kube-proxy's chain is gone, and pods with hostPorts do not start any more"
    : 'while kube-proxy changes its mode the chain goes and comes back, and pods with hostPorts may not start';
  return {
    message: `externalSetMarkChain is set for portmap (${where}): ${effect}.`,
    fix: "Remove externalSetMarkChain from the portmap entry of the network's CNI configuration (its ConfigMap, then /etc/cni/net.d of every node); portmap marks by itself. Then restart the pods with hostPorts.",
  };
}

/** A CNI configuration is often one long line: its file is what helps. */
function fileOf(line: string): string {
  return line.split(':', 1)[0] ?? line;
}

function configMapsWithMark({ configMap }: ClusterFacts): readonly string[] {
  return CONFIG_MAPS.filter((name) =>
    Object.values(valueOr(configMap(name), undefined)?.data ?? {}).some((text) =>
      text.includes('externalSetMarkChain'),
    ),
  ).map((name) => `ConfigMap ${name}`);
}
