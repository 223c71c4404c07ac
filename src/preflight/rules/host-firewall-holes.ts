// In iptables and ipvs mode kube-proxy lets health checks of load balancers through the host's firewall by rules of its own (KUBE-NODEPORTS,
// KUBE-NODE-PORT). nftables mode opens no holes, because an accept in one table does not outweigh a drop in another.
import type { NodeFacts } from '../facts/node.ts';
import type { IptablesRules } from '../facts/probe.ts';
import { derive, given, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import type { NodeContext, NodeRule, Outcome } from '../rule.ts';
import { ipv4Rules, rulesOf } from './shared-iptables.ts';
import { healthChecked, namesOf, nodePortUsers } from './shared-services.ts';
import { counted } from './shared-words.ts';

export const hostFirewallHoles: NodeRule = {
  id: 'host-firewall-holes',
  section: 6,
  scope: 'node',
  title: "the host's firewall would stop node ports or health checks",
  // It blocks where it is certain: a drop in iptables, a health check port, and kube-proxy's own hole for it, which goes.
  verdicts: { iptables: 'info', ipvs: 'info', nftables: ['warn', 'block'] },
  source: 'KEP-3866, interoperation; siderolabs/talos PR 10437, siderolabs/talos#9196',
  onlyForward: true,
  check: (context) =>
    given([firewallOf(context.node)], (firewall) => {
      if (firewall === undefined || (context.target === 'nftables') === (context.from === 'nftables')) return undefined;
      return judge(firewall, context);
    }),
};

type Firewall = {
  /** Begins a sentence. */
  readonly what: string;
  /** It drops in iptables, where kube-proxy's own accept comes before it. */
  readonly inIptables: boolean;
  readonly open: (port: string, protocol: string) => string;
};

const FIREWALLD: Firewall = {
  what: 'firewalld is active (nft table inet firewalld)',
  inIptables: false,
  open: (port, protocol) => `firewall-cmd --permanent --add-port=${port}/${protocol} && firewall-cmd --reload`,
};
const TALOS: Firewall = {
  what: "Talos's ingress firewall is active (nft table inet talos)",
  inIptables: false,
  open: (port, protocol) =>
    `# in the machine configuration\napiVersion: v1alpha1\nkind: NetworkRuleConfig\nname: node-ports\nportSelector:\n  ports: [${port}]\n  protocol: ${protocol}\ningress:\n  - subnet: 0.0.0.0/0`,
};
const UFW: Firewall = {
  what: 'ufw is active',
  inIptables: true,
  open: (port, protocol) => `ufw allow ${port.replace('-', ':')}/${protocol}`,
};
const INPUT_DROP: Firewall = {
  what: 'The INPUT policy of iptables is DROP',
  inIptables: true,
  open: (port, protocol) =>
    `iptables -A INPUT -p ${protocol} -m multiport --dports ${port.replace('-', ':')} -j ACCEPT   # and so that it lasts over a reboot`,
};

function firewallOf(node: NodeFacts): Known<Firewall | undefined> {
  return derive([ipv4Rules(node)], (flavours) => {
    if (flavours.some(hasUfw)) return UFW;
    if (flavours.some(dropsInput)) return INPUT_DROP;
    // Not seen is no reason to stop: a firewall of its own table is a warning at most.
    const tables = valueOr(node.probe.nftTables, []);
    if (tables.some(({ name }) => name === 'firewalld')) return FIREWALLD;
    return tables.some(({ name }) => name === 'talos') ? TALOS : undefined;
  });
}

/** Its chains stay when it is switched off; the jumps to them do not. */
function hasUfw(rules: IptablesRules): boolean {
  return rulesOf(rules, 'filter').some(({ chain, jump }) => chain === 'INPUT' && jump.startsWith('ufw-'));
}

function dropsInput({ chains }: IptablesRules): boolean {
  return chains.some(({ table, name, policy }) => table === 'filter' && name === 'INPUT' && policy === 'DROP');
}

function judge({ what, inIptables, open }: Firewall, { cluster, target }: NodeContext): Outcome {
  return given([cluster.services], (services) => {
    const [users, checked] = [nodePortUsers(services), healthChecked(services)];
    if (users.length === 0 && checked.length === 0) return undefined;
    if (target !== 'nftables')
      return { message: `${what}. In mode ${target} kube-proxy opens health check ports by rules of its own.` };
    const range = valueOr(cluster.nodePortRange, '30000-32767');
    if (inIptables && checked.length > 0)
      return {
        verdict: 'block',
        message: `${what}, and ${counted('Service', namesOf(checked), 3)} with a health check port: kube-proxy lets health checks through now, and in nftables mode does not. Load balancers will take the node for dead.`,
        fix: `# on the node, before the switch; then accept host-firewall-holes\n${open(checked.map(({ spec }) => spec?.healthCheckNodePort).join(','), 'tcp')}`,
      };
    return {
      message: `${what}, and nftables mode opens no holes in it: ${counted('Service', namesOf(users), 3)} with node ports may no longer be reached from outside.`,
      fix: `# on the node, unless it is allowed already; the same for udp where it is used\n${open(range, 'tcp')}`,
    };
  });
}
