// Sends packets in thought to every address of every Service port, and says which end where they should not.
import type { Demand } from '../demand/demand.ts';
import { expectation, ORIGIN_WORDS } from '../demand/expectation.ts';
import { packetsTo, sourcesOf, type Sources } from '../demand/packets.ts';
import type { Front, ServicePort } from '../demand/service-ports.ts';
import { hostPort } from '../addresses.ts';
import type { NodeWalk } from '../walk/node-walk.ts';
import type { Origin, Packet } from '../walk/packet.ts';
import type { Place } from '../walk/place.ts';
import { RESYNC, type Finding } from './finding.ts';
import type { Broken } from './iptables-framework.ts';
import { judge, type Remark } from './judge.ts';
import { placeName } from './place-name.ts';

export type BehaviourInput = {
  readonly demand: Demand;
  readonly place: Place;
  readonly walks: Readonly<Record<ServicePort['family'], NodeWalk>>;
  readonly broken: (family: ServicePort['family']) => Broken;
  /** Service ports of which something is told already, with their family. */
  readonly told: ReadonlySet<string>;
};

export function judgeBehaviour(input: BehaviourInput): Finding[] {
  const { demand, place, told } = input;
  const sources = sourcesOf(demand);
  return demand.ports
    .filter((port) => !told.has(toldKey(port)))
    .flatMap((port) => {
      const seen = new Map<string, Seen>();
      for (const front of port.fronts)
        for (const packet of packetsTo(port, front, { demand, place, sources }))
          if (!isRepeated(front, packet, sources)) look(input, { port, front, packet }, seen);
      return [...seen.values()].map((one) => finding(demand, port, one));
    });
}

export function toldKey({ text, protocol, family }: Pick<ServicePort, 'text' | 'protocol' | 'family'>): string {
  return `${text} ${protocol} ${family}`;
}

/** From outside a ClusterIP meets the rules that pods meet, and is treated as the node itself is. */
function isRepeated(front: Front, { from, family }: Packet, sources: Sources): boolean {
  return (
    front.kind === 'clusterIP' &&
    from === 'outside' &&
    (['pod', 'host'] as const).every((origin) => sources.of(origin, family) !== undefined)
  );
}

/** The same remark on several addresses and from several sides is one finding. */
type Seen = {
  readonly remark: Remark;
  readonly front: Front;
  readonly fronts: Set<string>;
  readonly origins: Set<Origin>;
};
type Sent = { readonly port: ServicePort; readonly front: Front; readonly packet: Packet };

function look(
  { demand, walks, broken: brokenIn }: BehaviourInput,
  { port, front, packet }: Sent,
  seen: Map<string, Seen>,
): void {
  const broken = brokenIn(port.family);
  if (broken.origins.has(packet.from) || (broken.nodePorts && front.kind === 'nodePort')) return;
  for (const remark of judge(walks[port.family](packet), expectation(demand, port, front, packet))) {
    if (broken.remarks.has(remark.id)) continue;
    const key = `${remark.id} ${remark.text}`;
    const known: Seen = seen.get(key) ?? { remark, front, fronts: new Set(), origins: new Set() };
    seen.set(key, known);
    known.fronts.add(`${hostPort(packet.destination, front.port)}/${port.protocol.toUpperCase()}`);
    known.origins.add(packet.from);
  }
}

function finding(demand: Demand, port: ServicePort, { remark, front, fronts, origins }: Seen): Finding {
  const all = origins.size === 3 || (front.kind === 'clusterIP' && origins.size === 2);
  const from = all ? '' : ` from ${[...origins].map((origin) => ORIGIN_WORDS[origin]).join(' and ')}`;
  return {
    kind: remark.kind,
    id: remark.id,
    severity: 'error',
    service: port.text,
    family: port.family,
    where: placeName(demand, port, front, remark),
    what: `Traffic to ${[...fronts].join(', ')}${from} ${remark.text}.`,
    fix: RESYNC,
  };
}
