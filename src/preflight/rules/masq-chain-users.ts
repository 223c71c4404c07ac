// KUBE-MARK-MASQ, KUBE-MARK-DROP and KUBE-POSTROUTING are kube-proxy's own; they come and go with its mode, and the kubelet keeps none of them
// since 1.28.
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';
import { ipv4Rules, rulesOf } from './shared-iptables.ts';
import { few } from './shared-words.ts';

export const masqChainUsers: NodeRule = {
  id: 'masq-chain-users',
  section: 6,
  scope: 'node',
  title: "rules or scripts of others use kube-proxy's mark chains",
  verdicts: everyMode('warn'),
  source: 'KEP-3178',
  onlyForward: true,
  check: ({ node, target, from }) => {
    if (target === from) return undefined;
    const scripts = valueOr(node.probe.markScripts, []);
    if (scripts.length > 0) return hit(`scripts of the node (${few(scripts.map(short), 3)})`);
    return given([ipv4Rules(node), node.probe.markScripts], (flavours) => {
      const rules = flavours
        .flatMap((one) => rulesOf(one, 'nat'))
        .filter(({ chain, jump }) => MARKS.has(jump) && !isKubeProxys(chain));
      return rules.length === 0
        ? undefined
        : hit(
            `rules (${few(
              rules.map(({ text }) => text),
              3,
            )})`,
          );
    });
  },
};

const MARKS: ReadonlySet<string> = new Set(['KUBE-MARK-MASQ', 'KUBE-MARK-DROP', 'KUBE-POSTROUTING']);

/** kube-proxy and the kubelet jump to KUBE-POSTROUTING from POSTROUTING; hostPort chains of old kubelets are theirs in name only. */
function isKubeProxys(chain: string): boolean {
  return chain === 'POSTROUTING' || (chain.startsWith('KUBE-') && !/^KUBE-(?:HOSTPORTS$|HP-)/.test(chain));
}

function hit(who: string): { readonly message: string; readonly fix: string } {
  return {
    message: `KUBE-MARK-MASQ, KUBE-MARK-DROP or KUBE-POSTROUTING are used by ${who}: with another mode of kube-proxy these chains go, or change.`,
    fix: 'Let them set a mark of their own and masquerade by it: KEP-3178 names these chains as internal. To see them: iptables-save -t nat | grep -E "KUBE-(MARK|POSTROUTING)"',
  };
}

function short(line: string): string {
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}
