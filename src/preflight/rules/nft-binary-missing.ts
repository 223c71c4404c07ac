// kube-proxy in nftables mode runs nft: its image has it since 1.29; a kube-proxy of the host needs the host's.
import { isOlder } from '../facts/image.ts';
import type { NodeFacts } from '../facts/node.ts';
import { given, unseen } from '../known.ts';
import type { NodeRule, Outcome } from '../rule.ts';
import { isBefore, probeRanItsPrograms } from './shared-programs.ts';

export const nftBinaryMissing: NodeRule = {
  id: 'nft-binary-missing',
  section: 7,
  scope: 'node',
  title: 'kube-proxy has no nft of 1.0.1 or later',
  verdicts: { nftables: 'block' },
  source: 'kubernetes/release distroless-iptables v0.4.0; pkg/proxy/nftables/supported.go',
  check: ({ cluster, node }) =>
    given([cluster.kubeProxy.place], (place): Outcome => {
      if (probeRanItsPrograms(node, place)) return judge(node, place.kind === 'onNodes');
      if (place.kind === 'onNodes') return unseen("the host's nft was not asked for its version");
      // The image was not run. What versions of it have is known.
      return given([cluster.kubeProxy.version], ({ text, parsed }) => {
        if (parsed === undefined) return unseen(`kube-proxy's version ${text} cannot be read`);
        if (!isOlder(parsed, 1, 29)) return undefined;
        return { message: `The image of kube-proxy ${text} has no nft: 1.29 is the first that does.`, fix: UPGRADE };
      });
    }),
};

const UPGRADE = 'Upgrade kube-proxy: 1.31 or later for nftables mode, 1.33 for its stable form.';

function judge({ probe }: NodeFacts, onHost: boolean): Outcome {
  return given([probe.nftVersion], (version) => {
    if (version !== undefined && !isBefore(version, '1.0.1')) return undefined;
    const where = onHost ? 'The host' : "kube-proxy's image";
    return {
      message:
        version === undefined
          ? `${where} has no nft, without which kube-proxy cannot run nftables mode.`
          : `${where} has nft ${version}; kube-proxy in nftables mode needs 1.0.1 or later.`,
      fix: onHost ? 'On the node: apt-get install nftables, or dnf install nftables' : UPGRADE,
    };
  });
}
