// What a node still has of a mode it does not run: names are matched one by one, because the kubelet and others make KUBE-* chains, too.
import type { ProxyMode } from '../../api/fields.ts';
import type { NodeFacts } from '../facts/node.ts';
import type { IptablesRules } from '../facts/probe.ts';
import type { Service } from '../facts/objects.ts';
import { firstKnown, known, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import { rulesIn, rulesOf } from './shared-iptables.ts';
import type { Flavour } from './shared-iptables.ts';
import { serviceAddresses } from './shared-services.ts';
import { few } from './shared-words.ts';

export type Leftover = {
  readonly of: ProxyMode;
  readonly what: string;
  /** Packets still meet it; otherwise it only lies around. */
  readonly active: boolean;
  /** Where it is in iptables: legacy and nft are two worlds that do not see each other. */
  readonly flavour?: Flavour;
};

const FLAVOURS: readonly Flavour[] = ['legacy', 'nft', 'legacy6', 'nft6'];
const BUILT_IN: ReadonlySet<string> = new Set(['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']);

/** Of iptables mode alone: nat KUBE-SERVICES, KUBE-POSTROUTING and others are made by ipvs mode, too (pkg/proxy/iptables/proxier.go). */
const IPTABLES_CHAINS: ReadonlySet<string> = new Set([
  'filter KUBE-EXTERNAL-SERVICES',
  'filter KUBE-SERVICES',
  'filter KUBE-NODEPORTS',
  'nat KUBE-NODEPORTS',
]);
/** pkg/proxy/ipvs/proxier.go, pkg/proxy/ipvs/ipset.go. */
const IPVS_CHAINS: ReadonlySet<string> = new Set([
  'filter KUBE-IPVS-FILTER',
  'filter KUBE-IPVS-OUT-FILTER',
  'filter KUBE-SOURCE-RANGES-FIREWALL',
  'filter KUBE-NODE-PORT',
  'nat KUBE-NODE-PORT',
  'nat KUBE-LOAD-BALANCER',
]);
const IPVS_SET =
  /^KUBE-(?:6-)?(?:CLUSTER-IP|LOOP-BACK|EXTERNAL-IP|LOAD-BALANCER|NODE-PORT|HEALTH-CHECK-NODE-PORT|IPVS-IPS)/;

/** What was not seen is not listed: `chainsSeen` says whether the rules were. */
export function leftoversOn(node: NodeFacts, running: ProxyMode, services: readonly Service[]): readonly Leftover[] {
  const { probe } = node;
  const tables = valueOr(probe.nftTables, []).filter(
    ({ family, name }) => name === 'kube-proxy' && family.startsWith('ip'),
  );
  const all: readonly Leftover[] = [
    ...FLAVOURS.flatMap((flavour) => inRules(valueOr(rulesOn(node, flavour), EMPTY), flavour, running)),
    ...ofIpvs(node, services),
    ...tables.map(({ family }) => ({ of: 'nftables' as const, what: `table ${family} kube-proxy`, active: true })),
  ];
  return all.filter((one) => one.of !== running);
}

const NONE: readonly string[] = [];
const EMPTY: IptablesRules = { chains: [], rules: [], serviceChains: 0 };

/** Both flavours of IPv4. */
export function chainsSeen(node: NodeFacts): Known<unknown> {
  const legacy = rulesOn(node, 'legacy');
  return legacy.known ? rulesOn(node, 'nft') : legacy;
}

/** Rules of the nft flavour live in nftables tables called after those of iptables: where there is none, there are no rules. */
function rulesOn(node: NodeFacts, flavour: Flavour): Known<IptablesRules> {
  const listed = rulesIn(node, flavour);
  if (listed.known || flavour.startsWith('legacy') || !node.probe.nftTables.known) return listed;
  const family = flavour === 'nft' ? 'ip' : 'ip6';
  const some = node.probe.nftTables.value.some(
    (table) => table.family === family && ['nat', 'filter', 'mangle'].includes(table.name),
  );
  return some ? listed : firstKnown(listed, known(EMPTY));
}

function inRules(rules: IptablesRules, flavour: Flavour, running: ProxyMode): readonly Leftover[] {
  const shown = flavour.startsWith('legacy') ? 'iptables-legacy' : 'iptables-nft';
  const where = `${shown}${flavour.endsWith('6') ? ', IPv6' : ''}`;
  const named = (set: ReadonlySet<string>): readonly string[] =>
    rules.chains.map(({ table, name }) => `${table} ${name}`).filter((chain) => set.has(chain));
  // nat KUBE-SERVICES belongs to ipvs mode as well; only beside chains of single Services is it iptables mode's.
  const shared = running === 'nftables' && rules.serviceChains > 0 ? ['nat KUBE-SERVICES'] : [];
  const jumped = jumpTargets(rules);
  const entry = (of: ProxyMode, chains: readonly string[], entries: readonly string[]): readonly Leftover[] =>
    chains.length === 0
      ? []
      : [{ of, what: `chains ${few(chains)} (${where})`, active: entries.some((chain) => jumped.has(chain)), flavour }];
  const ofServices = rules.serviceChains === 0 ? [] : [`${rules.serviceChains} chains of single Services`];
  return [
    ...entry('iptables', [...named(IPTABLES_CHAINS), ...ofServices], [...IPTABLES_CHAINS, ...shared]),
    ...entry('ipvs', named(IPVS_CHAINS), ['filter KUBE-IPVS-FILTER']),
  ];
}

/** Chains that built-in ones jump to. */
function jumpTargets(rules: IptablesRules): ReadonlySet<string> {
  const targets = ['filter', 'nat'].flatMap((table) =>
    rulesOf(rules, table).flatMap(({ chain, jump }) => (BUILT_IN.has(chain) ? [`${table} ${jump}`] : [])),
  );
  return new Set(targets);
}

function ofIpvs({ probe }: NodeFacts, services: readonly Service[]): readonly Leftover[] {
  const device = valueOr(probe.devices, NONE).includes('kube-ipvs0');
  const servers = valueOr(probe.virtualServers, []);
  const addresses = servers.length === 0 ? new Set<string>() : serviceAddresses(services);
  const own = servers.filter(({ address }) => addresses.has(address));
  const sets = valueOr(probe.ipsets, []).filter((name) => IPVS_SET.test(name));
  const found: readonly (readonly [boolean, string, boolean])[] = [
    [device, 'device kube-ipvs0', true],
    [own.length > 0, `${own.length} virtual servers of Services`, true],
    [sets.length > 0, `${sets.length} ipsets KUBE-*`, false],
  ];
  return found.flatMap(([is, what, active]) => (is ? [{ of: 'ipvs' as const, what, active }] : []));
}

/** The flavour kube-proxy's image works with: where the kubelet left its mark (iptables-wrapper). undefined where it left none. */
export function chosenFlavour(node: NodeFacts): 'legacy' | 'nft' | undefined {
  return (['nft', 'legacy'] as const).find((flavour) =>
    valueOr(rulesOn(node, flavour), EMPTY).chains.some(
      ({ name }) => name === 'KUBE-IPTABLES-HINT' || name === 'KUBE-KUBELET-CANARY',
    ),
  );
}
