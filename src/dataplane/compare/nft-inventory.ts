// What stands in kube-proxy's nft table: the shared rules, and the elements of its maps and sets. Addresses that are demanded and not
// there show in the behaviour.
import { familyOf, hostPort } from '../addresses.ts';
import { addressKey, isGuarded, isRefused, nodePortKey, type Demand, type Offer } from '../demand/demand.ts';
import { nftName } from '../demand/names.ts';
import type { NftTable } from '../rules/nftables.ts';
import { listed, RESYNC, type Finding } from './finding.ts';

export function nftInventory(demand: Demand, table: NftTable): Finding[] {
  return [
    ...entries(demand, table, 'service-ips', serves),
    ...entries(demand, table, 'service-nodeports', serves),
    ...entries(demand, table, 'no-endpoint-services', ({ port, front }) => isRefused(port, front)),
    ...entries(demand, table, 'no-endpoint-nodeports', ({ port, front }) => isRefused(port, front)),
    ...entries(demand, table, 'firewall-ips', ({ port, front }) => isGuarded(port, front) && port.hasEndpoints),
    ...clusterIPs(demand, table),
    ...nodePortIPs(demand, table),
    ...chains(demand, table),
  ];
}

/** With the policy Local an address without local endpoints is in both maps: pods still get to all endpoints. */
function serves({ port, front }: Offer): boolean {
  return port.hasEndpoints && (front.kind !== 'clusterIP' || !isRefused(port, front));
}

function entries(demand: Demand, table: NftTable, map: string, calls: (offer: Offer) => boolean): Finding[] {
  return [...(table.maps.get(map)?.elements.keys() ?? [])].flatMap((key) => {
    const { text, offer } = entryOf(demand, table, key);
    if (offer !== undefined && calls(offer)) return [];
    const common = {
      kind: 'surplus',
      family: table.family,
      where: `map ${map}`,
      fix: RESYNC,
      service: offer?.port.text,
    } as const;
    return offer === undefined
      ? [
          {
            ...common,
            id: 'entry-surplus',
            severity: 'error',
            what: `There is an element for ${text}, which no Service has.`,
          },
        ]
      : [
          {
            ...common,
            ...STALE[map === 'firewall-ips' ? 'guard' : map.startsWith('no-') ? 'refusal' : 'served'](text),
          },
        ];
  });
}

type Stale = Pick<Finding, 'id' | 'severity' | 'what'>;

const STALE: Readonly<Record<'guard' | 'refusal' | 'served', (text: string) => Stale>> = {
  guard: (text) => ({
    id: 'firewall-surplus',
    severity: 'error',
    what: `${text} is guarded, and the Service has no source ranges.`,
  }),
  refusal: (text) => ({
    id: 'refusal-stale',
    severity: 'warning',
    what: `${text} is refused for having no endpoint, and it has one.`,
  }),
  served: (text) => ({
    id: 'entry-stale',
    severity: 'error',
    what: `${text} is served, and the Service has no endpoint for it.`,
  }),
};

/** `10.96.0.1 . tcp . 443`, or `tcp . 30080`. */
function entryOf(demand: Demand, { family }: NftTable, key: string): { text: string; offer: Offer | undefined } {
  const parts = key.split(' . ');
  const port = Number(parts.at(-1));
  const protocol = parts.at(-2) ?? '';
  const [address] = parts.length === 3 ? parts : [];
  const at = address === undefined ? `node port ${port}` : hostPort(address, port);
  const offer =
    address === undefined
      ? demand.byNodePort.get(nodePortKey(family, protocol, port))
      : demand.byAddress.get(addressKey(address, protocol, port));
  return { text: `${at}/${protocol.toUpperCase()}`, offer };
}

/** By this set traffic from outside the cluster is masqueraded, and ports that no Service has are refused. */
function clusterIPs({ ports }: Demand, { family, sets }: NftTable): Finding[] {
  const own = ports.filter((port) => port.family === family);
  const due = new Set(
    own.flatMap(({ fronts }) => fronts.flatMap((front) => (front.kind === 'clusterIP' ? front.address : []))),
  );
  const there = sets.get('cluster-ips')?.elements;
  if (there === undefined) return [];
  const missing = [...due].filter((address) => !there.has(address));
  const surplus = [...there].filter((address) => !due.has(address));
  const common = { service: undefined, family, where: 'set cluster-ips', fix: RESYNC } as const;
  const findings: Finding[] = [];
  if (missing.length > 0)
    findings.push({
      ...common,
      kind: 'missing',
      id: 'cluster-ip-missing',
      severity: 'error',
      what: `${listed(missing)} not in the set: connections from outside the cluster to it are not masqueraded.`,
    });
  if (surplus.length > 0)
    findings.push({
      ...common,
      kind: 'surplus',
      id: 'cluster-ip-surplus',
      severity: 'warning',
      what: `${listed(surplus)} in the set, and no Service has it.`,
    });
  return findings;
}

function nodePortIPs({ view }: Demand, { family, sets }: NftTable): Finding[] {
  const there = sets.get('nodeport-ips')?.elements;
  const due = view.nodePortAddresses[family];
  if (there === undefined || due.length === 0) return [];
  const missing = due.filter((address) => !there.has(address));
  const surplus = [...there].filter((address) => familyOf(address) === family && !due.includes(address));
  if (missing.length === 0 && surplus.length === 0) return [];
  const parts = [
    ...(missing.length > 0 ? [`lacks ${listed(missing)}`] : []),
    ...(surplus.length > 0 ? [`has ${listed(surplus)} besides`] : []),
  ];
  return [
    {
      kind: 'wrong',
      id: 'nodeport-ips-wrong',
      severity: missing.length > 0 ? 'error' : 'warning',
      service: undefined,
      family,
      where: 'set nodeport-ips',
      what: `The addresses at which node ports answer differ from nodePortAddresses: the set ${parts.join(' and ')}.`,
      fix: RESYNC,
    },
  ];
}

/** Chains of Services have a slash. An empty one is about to go: kube-proxy deletes chains a second after their last use. */
function chains({ ports }: Demand, { family, chains: there }: NftTable): Finding[] {
  const due = new Set(ports.filter((port) => port.family === family).map(nftName));
  const unknown = [...there.values()].filter(
    ({ name, rules }) =>
      name.includes('/') &&
      rules.length > 0 &&
      !name.startsWith('endpoint-') &&
      !due.has(name.slice(name.indexOf('-') + 1)),
  );
  if (unknown.length === 0) return [];
  return [
    {
      kind: 'surplus',
      id: 'chain-surplus',
      severity: 'note',
      service: undefined,
      family,
      where: `chain ${listed(unknown.map(({ name }) => name))}`,
      what: `${unknown.length} chains belong to no Service there is.`,
      fix: RESYNC,
    },
  ];
}
