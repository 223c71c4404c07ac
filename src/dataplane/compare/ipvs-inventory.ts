// Everything mode ipvs keeps outside iptables, and which Service ports it explains.
import type { Family } from '../addresses.ts';
import type { Front, ServicePort } from '../demand/service-ports.ts';
import { toldKey } from './behaviour.ts';
import type { Finding } from './finding.ts';
import { deviceDifference, deviceFindings, setDifferences, setFindings, type SetDifference } from './ipvs-sets.ts';
import type { Subject } from './subject.ts';
import { virtualServerFindings } from './virtual-servers.ts';

export type IpvsInventory = {
  readonly findings: readonly Finding[];
  /** Ports, by `toldKey`, whose behaviour follows from these findings. */
  readonly told: ReadonlySet<string>;
};

export function ipvsInventory({ demand, rules }: Subject, families: readonly Family[]): IpvsInventory {
  const { addresses, ipSets, virtualServers } = rules;
  const devices = addresses === undefined ? [] : families.map((family) => deviceDifference(demand, addresses, family));
  const sets = ipSets === undefined ? [] : families.flatMap((family) => setDifferences(demand, ipSets, family));
  const servers = virtualServers === undefined ? [] : virtualServerFindings(demand, virtualServers);
  return {
    findings: [...servers, ...devices.flatMap(deviceFindings), ...sets.flatMap(setFindings)],
    told: toldBy(demand.ports, servers, [...devices, ...sets]),
  };
}

/** A port is told of by its virtual server, or by an address or node port of it that is missing somewhere. */
function toldBy(
  ports: readonly ServicePort[],
  servers: readonly Finding[],
  differences: readonly SetDifference[],
): Set<string> {
  const named = new Set(
    servers.flatMap(({ service, family }) => (service === undefined ? [] : `${service} ${family}`)),
  );
  const lacking = new Set(
    differences.filter(({ absent }) => !absent).flatMap(({ missing }) => missing.map(subjectOfElement)),
  );
  const isTold = (port: ServicePort): boolean =>
    named.has(`${port.text} ${port.family}`) || port.fronts.some((front) => lacking.has(placeOfFront(front)));
  return new Set(ports.filter(isTold).map(toldKey));
}

/** `10.96.0.1,tcp:443` is about the address, `30080` about the port. */
function subjectOfElement(element: string): string {
  return element.split(',')[0] ?? element;
}

function placeOfFront(front: Front): string {
  return front.kind === 'nodePort' ? String(front.port) : front.address;
}
