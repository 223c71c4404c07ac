// Rules of Kubernetes in both flavours of iptables: the kernel applies both, and whoever cleans up sees only the one its program writes.
import type { IptablesRules } from '../facts/probe.ts';
import { derive, given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';
import { rulesIn } from './shared-iptables.ts';
import { few } from './shared-words.ts';

export const iptablesFlavourSplit: NodeRule = {
  id: 'iptables-flavour-split',
  section: 7,
  scope: 'node',
  title: 'rules of Kubernetes are in both flavours of iptables',
  verdicts: everyMode('warn'),
  source: 'k/k#71305; kubermatic/kubeone#1037; projectcalico/calico#2322, projectcalico/calico#10538',
  onlyForward: true,
  check: ({ node }) =>
    given(
      [
        derive([rulesIn(node, 'legacy'), rulesIn(node, 'legacy6')], (...all) => chainsOf(all)),
        derive([rulesIn(node, 'nft'), rulesIn(node, 'nft6')], (...all) => chainsOf(all)),
      ],
      (legacy, nft) => {
        if (legacy.length === 0 || nft.length === 0) return undefined;
        return {
          message: `iptables-legacy has ${few(legacy, 3)}, iptables-nft has ${few(nft, 3)}: both are applied, and what kube-proxy does not write itself it does not clean up either.`,
          fix: `# on the node: which of the two is nobody's any more (the kubelet's own are KUBE-FIREWALL, KUBE-KUBELET-CANARY, KUBE-IPTABLES-HINT)?\niptables-legacy-save | grep KUBE-; iptables-nft-save | grep KUBE-\n# a reboot removes both; the kubelet and kube-proxy then write one`,
        };
      },
    ),
};

/** Names of Kubernetes' chains, each once; those of single Services are counted only. */
function chainsOf(all: readonly IptablesRules[]): readonly string[] {
  const named = all.flatMap(({ chains }) => chains.map(({ name }) => name).filter((name) => name.startsWith('KUBE-')));
  const services = all.reduce((sum, { serviceChains }) => sum + serviceChains, 0);
  return [...new Set(named), ...(services > 0 ? [`${services} chains of Services`] : [])];
}
