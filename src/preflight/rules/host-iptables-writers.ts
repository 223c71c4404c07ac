// Others write iptables rules on the node, too. Next to kube-proxy's nftables chains at the same priority, which come first is nobody's promise.
import type { NodeFacts } from '../facts/node.ts';
import type { DaemonSet, Pod, Service } from '../facts/objects.ts';
import type { IptablesRules } from '../facts/probe.ts';
import { given, valueOr } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';
import { ipv4Rules, rulesOf } from './shared-iptables.ts';
import { podsOn, runsImage } from './shared-node-pods.ts';

export const hostIptablesWriters: NodeRule = {
  id: 'host-iptables-writers',
  section: 9,
  scope: 'node',
  title: 'something else on the node rewrites addresses with iptables',
  verdicts: { ...everyMode('info'), nftables: 'warn' },
  source: 'KEP-3866, interoperation; pkg/proxy/nftables/README.md',
  check: ({ cluster, node, target, from }) => {
    if (target === from) return undefined;
    return given([cluster.daemonSets, cluster.pods, cluster.services], (daemonSets, pods, services) => {
      const inCluster = [...byDaemonSet(daemonSets), ...byService(services)];
      const found = [...inCluster, ...byPods(podsOn(pods, node.name)), ...byRules(node)];
      if (found.length > 0) return hit([...new Set(found)], target === 'nftables');
      return given([ipv4Rules(node)], () => undefined);
    });
  },
};

function hit(found: readonly string[], nftables: boolean): { readonly message: string; readonly fix?: string } {
  const who = `${found.join(', ')} on this node: writes iptables rules of its own`;
  if (!nftables) return { message: `${who}.` };
  return {
    message: `${who}. In nftables mode it is not defined whether they come before kube-proxy's or after.`,
    fix: 'Switch one node first (spec.nodeSelector), and try what these do: outgoing addresses, VPN routes, DNS. ip-masq-agent and Submariner have releases for nftables.',
  };
}

const DAEMON_SETS: readonly (readonly [name: RegExp, who: string])[] = [
  [/ip-masq-agent/, 'ip-masq-agent'],
  [/^submariner-globalnet/, 'Submariner globalnet'],
];

function byDaemonSet(daemonSets: readonly DaemonSet[]): readonly string[] {
  return DAEMON_SETS.filter(([name]) => daemonSets.some(({ metadata }) => name.test(metadata.name))).map(
    ([, who]) => who,
  );
}

function byService(services: readonly Service[]): readonly string[] {
  const egress = services.some(({ metadata }) => metadata.annotations?.['kube-vip.io/egress'] === 'true');
  return egress ? ['kube-vip (egress)'] : [];
}

function byPods(pods: readonly Pod[]): readonly string[] {
  const tailscale = pods.some((pod) => runsImage(pod, /tailscale\//) && pod.spec?.hostNetwork === true);
  return tailscale ? ['Tailscale'] : [];
}

/** ts-postrouting and its like are Tailscale's; NOTRACK in raw keeps packets, above all DNS, from being translated at all. */
function byRules(node: NodeFacts): readonly string[] {
  const all: readonly IptablesRules[] = valueOr(ipv4Rules(node), []);
  const tailscale = all.some(({ chains }) => chains.some(({ name }) => name.startsWith('ts-')));
  const notrack = all.some((rules) =>
    rulesOf(rules, 'raw').some(({ text }) => / -j NOTRACK\b| -j CT --notrack\b/.test(text)),
  );
  return [...(tailscale ? ['Tailscale'] : []), ...(notrack ? ['rules with NOTRACK (NodeLocal DNSCache?)'] : [])];
}
