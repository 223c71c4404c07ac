// Which packets are sent in thought to a front of a Service port: one from a pod, one from the node, and from outside one for each
// address of the node, or one that may and one that may not where source ranges are set.
import { addressAt, parsePrefix, type Family } from '../addresses.ts';
import type { Origin, Packet } from '../walk/packet.ts';
import type { Place } from '../walk/place.ts';
import { isGuarded, type Demand } from './demand.ts';
import { somePod, stranger } from './node.ts';
import type { Front, ServicePort } from './service-ports.ts';

export type Sources = {
  /** undefined: this node has no such address. */
  readonly of: (origin: Origin, family: Family) => string | undefined;
};

export function sourcesOf(demand: Demand): Sources {
  const { view, ports } = demand;
  const taken = new Set(
    ports.flatMap(({ cluster, local }) => [...cluster.flat(), ...local].map(({ address }) => address)),
  );
  const found = (family: Family): Record<Origin, string | undefined> => ({
    pod: somePod(view, family, taken),
    host: view.primary[family],
    outside: stranger(family, [...view.podRanges, ...view.ownPodRanges]),
  });
  const known = { IPv4: found('IPv4'), IPv6: found('IPv6') };
  return { of: (origin, family) => known[family][origin] };
}

type Around = { readonly demand: Demand; readonly place: Place; readonly sources: Sources };

export function packetsTo(port: ServicePort, front: Front, { demand, place, sources }: Around): Packet[] {
  const { family, protocol } = port;
  const destinations = front.kind === 'nodePort' ? demand.view.nodePortAddresses[family] : [front.address];
  const packets: Packet[] = [];
  for (const [at, destination] of destinations.entries())
    for (const from of at === 0 ? (['pod', 'host', 'outside'] as const) : (['outside'] as const))
      for (const source of clients(from, port, front, { demand, sources })) {
        const sent = from === 'host' && place.isVirtual(destination) ? destination : source;
        packets.push({ from, family, source: sent, destination, protocol, port: front.port });
      }
  return packets;
}

function clients(
  from: Origin,
  port: ServicePort,
  front: Front,
  { demand, sources }: Omit<Around, 'place'>,
): readonly string[] {
  const usual = sources.of(from, port.family);
  if (from !== 'outside' || !isGuarded(port, front)) return usual === undefined ? [] : [usual];
  const ranges = port.sourceRanges.flatMap((range) => parsePrefix(range.trim()) ?? []);
  const [first] = ranges;
  const allowed = first === undefined ? undefined : (addressAt(first, 1n) ?? addressAt(first, 0n));
  const denied = stranger(port.family, [...ranges, ...demand.view.podRanges, ...demand.view.ownPodRanges]);
  return [allowed, denied].filter((address) => address !== undefined);
}
