// kube-proxy in nftables mode compares what nft lists with what it wants, as text: "tcp", never "6".
import { isOlder } from '../facts/image.ts';
import { given, unseen } from '../known.ts';
import type { NodeRule, Outcome } from '../rule.ts';
import { probeRanItsPrograms } from './shared-programs.ts';

/**
 * Since 1.33 it reads the elements of its maps when it starts, adds those that are missing, and deletes those it does not know. nft
 * takes names of protocols from /etc/protocols; without that file it lists `10.96.0.1 . 6 . 443`, and kube-proxy adds
 * `10.96.0.1 . tcp . 443`, which is there already, and deletes "the other", which is the same: all Services are gone from that
 * moment, and /proxyMode and the metrics say that all is well. Measured with 1.36.3: the first start in nftables mode serves, every
 * later one does not. 1.37 lists over netlink (gate NFTablesNetlink).
 */
export const nftProtocolNames: NodeRule = {
  id: 'nft-protocol-names',
  section: 7,
  scope: 'node',
  title: 'kube-proxy’s nft finds no /etc/protocols',
  verdicts: { nftables: 'block' },
  source: 'kubernetes/kubernetes PR 130119; pkg/proxy/nftables/proxier.go, readOrReset and cleanupLeftoverKeys',
  check: ({ cluster, node }) =>
    given([cluster.kubeProxy.place], (place): Outcome => {
      // The project's own images have the file (netbase is part of distroless).
      if (!probeRanItsPrograms(node, place) && place.kind !== 'onNodes') return undefined;
      return given([cluster.kubeProxy.version], ({ text, parsed }) => {
        if (parsed === undefined) return unseen(`kube-proxy's version ${text} cannot be read`);
        if (isOlder(parsed, 1, 33) || !isOlder(parsed, 1, 37)) return undefined;
        return given([node.probe.protocolNames], (named) =>
          named ? undefined : hit(place.kind === 'onNodes' ? 'the host' : "kube-proxy's image"),
        );
      });
    }),
};

function hit(where: string): Outcome {
  return {
    message: `There is no /etc/protocols with tcp in ${where}: when kube-proxy in nftables mode starts for the second time, it deletes its own map elements, and no Service is served.`,
    fix:
      where === 'the host'
        ? 'On the node: apt-get install netbase, or dnf install setup'
        : 'Put /etc/protocols into the image of kube-proxy (Debian: package netbase), or use an image of the Kubernetes project.',
  };
}
