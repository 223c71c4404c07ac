// With the FORWARD policy on DROP (Docker sets it), it is kube-proxy's chain KUBE-FORWARD that lets Service traffic pass. nftables mode has
// a table of its own, and an accept there does not take back a drop of iptables.
import { ranges } from '../cidr.ts';
import type { NodeFacts } from '../facts/node.ts';
import type { IptablesRules } from '../facts/probe.ts';
import { given, valueOr } from '../known.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import type { NodeRule } from '../rule.ts';
import { ipv4Rules, rulesOf } from './shared-iptables.ts';
import type { Rule } from './shared-iptables.ts';

export const forwardDrop: NodeRule = {
  id: 'forward-drop',
  section: 6,
  scope: 'node',
  title: 'the FORWARD policy is DROP and only kube-proxy lets Service traffic pass',
  verdicts: { iptables: 'info', ipvs: 'info', nftables: 'block' },
  source: 'KEP-3866, interoperation; docs.docker.com packet filtering and firewalls',
  onlyForward: true,
  check: ({ cluster, node, target, from }) =>
    given([ipv4Rules(node)], (flavours) => {
      const dropping = flavours.filter(dropsForward);
      if (dropping.length === 0) return undefined;
      if (target !== 'nftables')
        return from === 'nftables'
          ? {
              message: `The FORWARD policy is DROP; in mode ${target} kube-proxy's chain KUBE-FORWARD lets Service traffic pass.`,
            }
          : undefined;
      // Without KUBE-FORWARD (nftables runs already) something else lets it pass.
      const cidrs = podCidrs(node, cluster);
      const open = dropping.filter((rules) => hasChain(rules, 'KUBE-FORWARD') && !isOpen(rules, cidrs));
      if (open.length === 0) return undefined;
      const [cidr = '<pod CIDR>'] = cidrs;
      return {
        message: `The FORWARD policy of iptables is DROP, and KUBE-FORWARD, which lets Service traffic pass, goes when kube-proxy runs nftables. Traffic to pods is then dropped.`,
        fix: `# on the node, and so that it lasts over a reboot; or let Docker leave the policy alone ("ip-forward-no-drop": true in /etc/docker/daemon.json, 28.0 and later)\niptables -A FORWARD -s ${cidr} -j ACCEPT\niptables -A FORWARD -d ${cidr} -j ACCEPT`,
      };
    }),
};

function dropsForward({ chains }: IptablesRules): boolean {
  return chains.some(({ table, name, policy }) => table === 'filter' && name === 'FORWARD' && policy === 'DROP');
}

function hasChain({ chains }: IptablesRules, name: string): boolean {
  return chains.some((chain) => chain.table === 'filter' && chain.name === name);
}

function podCidrs({ podCidrs: own }: NodeFacts, { kubeProxy }: ClusterFacts): readonly string[] {
  const cluster = valueOr(kubeProxy.config, undefined)?.textAt(['clusterCIDR']) ?? '';
  return [...cluster.split(','), ...own].filter((cidr) => /^\d+\.\d+\.\d+\.\d+\//.test(cidr));
}

/**
 * Somebody else accepts what comes from pods and what goes to them: all of it, or their CIDR in both directions. flannel has a chain for
 * it. Calico's does not count: in nftables mode it goes to a table of its own, too.
 */
function isOpen(rules: IptablesRules, cidrs: readonly string[]): boolean {
  const all = rulesOf(rules, 'filter');
  const forward = all.filter(({ chain }) => chain === 'FORWARD');
  const chains = new Set([
    'FORWARD',
    ...forward.map(({ jump }) => jump).filter((jump) => /^(?:FLANNEL-FWD|DOCKER-USER)$/.test(jump)),
  ]);
  const accepts = all.filter(({ chain, jump }) => chains.has(chain) && jump === 'ACCEPT');
  if (accepts.some(({ text }) => /^-A \S+(?: -m comment --comment (?:"[^"]*"|\S+))* -j ACCEPT$/.test(text)))
    return true;
  return accepts.some((rule) => names(rule, '-s', cidrs)) && accepts.some((rule) => names(rule, '-d', cidrs));
}

function names({ text }: Rule, side: '-s' | '-d', cidrs: readonly string[]): boolean {
  const cidr = new RegExp(` ${side} (\\S+)`).exec(text)?.[1];
  return cidr !== undefined && !text.includes(`! ${side}`) && cidrs.some((one) => ranges([cidr]).overlaps(one));
}
