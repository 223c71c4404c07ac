// What stands in kube-proxy's chains of mode iptables and nobody demands: addresses and node ports of Services that are gone, refusals
// of Services that have endpoints by now, chains nobody needs. What is demanded and not there shows in the behaviour.
import { addressKey, isGuarded, isRefused, nodePortKey, type Demand, type Offer } from '../demand/demand.ts';
import { hostPort } from '../addresses.ts';
import { demandedChains } from '../demand/iptables-chains.ts';
import type { IptablesRule, IptablesRuleset, IptablesTable } from '../rules/iptables.ts';
import { onlyAddress, onlyPort } from '../walk/chain-index.ts';
import { listed, RESYNC, type Finding } from './finding.ts';

/** From so many endpoints on kube-proxy leaves unused chains behind for a while (largeClusterEndpointsThreshold). */
const LARGE = 1000;

export function iptablesInventory(demand: Demand, ruleset: IptablesRuleset): Finding[] {
  return [
    ...entries(demand, ruleset, { table: 'nat', chain: 'KUBE-SERVICES' }, () => true),
    ...entries(demand, ruleset, { table: 'nat', chain: 'KUBE-NODEPORTS' }, () => true),
    ...entries(demand, ruleset, { table: 'filter', chain: 'KUBE-SERVICES' }, refuses),
    ...entries(demand, ruleset, { table: 'filter', chain: 'KUBE-EXTERNAL-SERVICES' }, refuses),
    ...entries(demand, ruleset, { table: 'filter', chain: 'KUBE-PROXY-FIREWALL' }, guards),
    ...healthPorts(demand, ruleset),
    ...chains(demand, ruleset),
  ];
}

function refuses({ port, front }: Offer): boolean {
  return isRefused(port, front);
}

function guards({ port, front }: Offer): boolean {
  return isGuarded(port, front) && port.hasEndpoints;
}

type Place = { readonly table: string; readonly chain: string };

/** Every rule for one address or one node port must be for an offer that calls for it. */
function entries(demand: Demand, ruleset: IptablesRuleset, at: Place, calls: (offer: Offer) => boolean): Finding[] {
  const seen = new Set<string>();
  return (ruleset.tables.get(at.table)?.get(at.chain)?.rules ?? []).flatMap((rule) => {
    const entry = entryOf(demand, ruleset, rule);
    if (entry === undefined || seen.has(entry.text) || (entry.offer !== undefined && calls(entry.offer))) return [];
    seen.add(entry.text);
    return [surplus(ruleset, at, entry)];
  });
}

type Entry = { readonly text: string; readonly offer: Offer | undefined };

function entryOf(demand: Demand, { family }: IptablesRuleset, rule: IptablesRule): Entry | undefined {
  const address = onlyAddress(rule);
  const port = onlyPort(rule);
  const protocol = protocolOf(rule);
  if (port === undefined || protocol === undefined) return undefined;
  const offer =
    address === undefined
      ? demand.byNodePort.get(nodePortKey(family, protocol, port))
      : demand.byAddress.get(addressKey(address, protocol, port));
  const at = address === undefined ? `node port ${port}` : hostPort(address, port);
  return { text: `${at}/${protocol.toUpperCase()}`, offer };
}

function protocolOf({ matches }: IptablesRule): string | undefined {
  for (const match of matches) if (match.kind === 'protocol' && !match.negated) return match.protocol;
  return undefined;
}

function surplus({ family }: IptablesRuleset, { table, chain }: Place, { text, offer }: Entry): Finding {
  const common = { kind: 'surplus', family, where: `${table} ${chain}`, fix: RESYNC } as const;
  const service = offer?.port.text;
  if (offer === undefined)
    return {
      ...common,
      id: 'entry-surplus',
      severity: 'error',
      service,
      what: `There is a rule for ${text}, which no Service has.`,
    };
  if (chain === 'KUBE-PROXY-FIREWALL')
    return {
      ...common,
      id: 'firewall-surplus',
      severity: 'error',
      service,
      what: `${text} is guarded, and the Service has no source ranges.`,
    };
  return {
    ...common,
    id: 'refusal-stale',
    // Rules of nat come first and lead to the endpoints; once they are gone, as in mode ipvs, this refuses.
    severity: 'warning',
    service,
    what: `${text} is refused for having no endpoint, and it has one.`,
  };
}

/** The port at which a load balancer asks whether this node has endpoints must be let in. */
function healthPorts({ ports }: Demand, { family, tables }: IptablesRuleset): Finding[] {
  const open = new Set((tables.get('filter')?.get('KUBE-NODEPORTS')?.rules ?? []).map(onlyPort));
  return ports
    .filter(
      (port) => port.family === family && port.healthCheckNodePort !== undefined && !open.has(port.healthCheckNodePort),
    )
    .map((port) => ({
      kind: 'missing',
      id: 'health-port-missing',
      severity: 'warning',
      service: port.text,
      family,
      where: 'filter KUBE-NODEPORTS',
      what: `The health check node port ${port.healthCheckNodePort} is not let in: where INPUT drops, the load balancer leaves this node out.`,
      fix: RESYNC,
    }));
}

const SERVICE_CHAIN = /^KUBE-(?:SVC|SVL|EXT|FW|SEP|XLB)-/;

/** Only such as nobody jumps to: what the others do shows as an address or an endpoint too many. */
function chains(demand: Demand, { family, tables }: IptablesRuleset): Finding[] {
  const nat: IptablesTable = tables.get('nat') ?? new Map();
  const targets = jumpTargets(nat);
  const idle = [...nat.keys()].filter((name) => SERVICE_CHAIN.test(name) && !targets.has(name));
  if (idle.length === 0 || demand.endpointCount > LARGE) return [];
  const due = demandedChains(demand.ports.filter((port) => port.family === family));
  const unused = idle.filter((name) => !due.has(name));
  if (unused.length === 0) return [];
  return [
    {
      kind: 'surplus',
      id: 'chain-surplus',
      severity: 'note',
      service: undefined,
      family,
      where: `nat ${listed(unused)}`,
      what: `${unused.length} of the chains in nat belong to no Service and no endpoint there is. Nothing jumps to them.`,
      fix: RESYNC,
    },
  ];
}

function jumpTargets(table: IptablesTable): Set<string> {
  const targets = new Set<string>();
  for (const chain of table.values())
    for (const { target } of chain.rules)
      if (target?.kind === 'jump' || target?.kind === 'goto') targets.add(target.chain);
  return targets;
}
