// What the bridge serves: each address and port at which a Service is offered, with the endpoints its connections may go to. What
// kube-proxy would not serve (a Service without endpoints) is left alone: the bridge adds translations, and refuses nobody.
import { splitHostPort, type Family } from '../dataplane/addresses.ts';
import { indexEndpoints, type Endpoint } from '../dataplane/demand/endpoints.ts';
import type { EndpointSliceObject, ServiceObject } from '../dataplane/demand/objects.ts';
import { servicePorts, type Front, type ServicePort } from '../dataplane/demand/service-ports.ts';
import { sample } from './sample.ts';
import type { BridgeNode } from './node-facts.ts';
import type { BridgeProtocol } from './table.ts';
import { addressWord, portWord, prefixWords, protocolWord } from './words.ts';

/** Where a connection goes, by where it comes from. Texts are words of nft: `10.0.0.1 . 80`. */
export type Course =
  /** To a ClusterIP: masqueraded unless it comes from a pod. */
  | { readonly kind: 'inside'; readonly any: readonly string[] }
  /** To an address or port for the world outside: always masqueraded. */
  | { readonly kind: 'outside'; readonly any: readonly string[] }
  /** The same with externalTrafficPolicy Local: from outside to `local` only, unmasqueraded; pods and the node reach any. */
  | { readonly kind: 'outsideLocal'; readonly any: readonly string[]; readonly local: readonly string[] };

export type BridgeFront = {
  readonly family: Family;
  readonly protocol: BridgeProtocol;
  /** undefined: a node port. */
  readonly address: string | undefined;
  readonly port: string;
  readonly course: Course;
  /** One source keeps one endpoint (sessionAffinity ClientIP). */
  readonly isSticky: boolean;
  /** Prefixes that may use a load balancer's address; undefined: all. */
  readonly allowed: readonly string[] | undefined;
};

export type BridgeInput = {
  readonly node: BridgeNode;
  readonly services: readonly ServiceObject[];
  readonly slices: readonly EndpointSliceObject[];
};

export type Fronts = {
  readonly fronts: readonly BridgeFront[];
  /** Endpoints on this node, which may be their own clients. */
  readonly ownEndpoints: ReadonlySet<string>;
};

/** Nobody takes a ClusterIP from its Service by naming it as an external address (CVE-2020-8554). */
const PRECEDENCE: Readonly<Record<Front['kind'], number>> = {
  clusterIP: 0,
  nodePort: 1,
  loadBalancerIP: 2,
  externalIP: 3,
};

export function bridgeFronts({ node, services, slices }: BridgeInput): Fronts {
  const endpoints = indexEndpoints(slices, node.name);
  const place = { node: node.name, zone: node.zone };
  const ports = services.flatMap((service) => servicePorts(service, endpoints, place));
  const offers = ports
    .flatMap((port) => port.fronts.map((front) => ({ port, front })))
    .toSorted((a, b) => PRECEDENCE[a.front.kind] - PRECEDENCE[b.front.kind] || compare(a.port.text, b.port.text));
  const found = new Map<string, BridgeFront>();
  for (const { port, front } of offers) {
    const served = bridgeFront(port, front, node);
    const key = served === undefined ? '' : keyOf(served);
    if (served !== undefined && !found.has(key)) found.set(key, served);
  }
  const own = ports.flatMap(({ cluster, local }) => [...cluster.flat(), ...local].filter((endpoint) => endpoint.local));
  return { fronts: [...found.values()], ownEndpoints: new Set(own.map(({ address }) => address).toSorted()) };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function keyOf({ family, protocol, address, port }: BridgeFront): string {
  return `${family} ${protocol} ${address ?? ''} ${port}`;
}

function bridgeFront(port: ServicePort, front: Front, node: BridgeNode): BridgeFront | undefined {
  const { family } = port;
  const protocol = protocolWord(port.protocol);
  const address = front.kind === 'nodePort' ? undefined : addressWord(front.address, family);
  const portAsWord = portWord(front.port);
  const course = courseOf(port, front, node.name);
  if (protocol === undefined || portAsWord === undefined || course === undefined) return undefined;
  if (front.kind !== 'nodePort' && address === undefined) return undefined;
  const isSticky = port.affinitySeconds !== undefined;
  return { family, protocol, address, port: portAsWord, course, isSticky, allowed: allowedOf(port, front, node) };
}

function courseOf(port: ServicePort, front: Front, node: string): Course | undefined {
  // Where hints narrow the endpoints, the narrower set is what a node uses that follows them, and right for one that does not.
  const any = targets(port.cluster[1] ?? port.cluster[0] ?? [], port.family, node);
  const local = targets(port.local, port.family, node);
  if (front.kind === 'clusterIP') {
    const chosen = port.internalPolicy === 'Local' ? local : any;
    return chosen.length === 0 ? undefined : { kind: 'inside', any: chosen };
  }
  if (any.length === 0) return undefined;
  return port.externalPolicy === 'Local' ? { kind: 'outsideLocal', any, local } : { kind: 'outside', any };
}

/** In a fixed order: which endpoint a sticky source gets must not depend on the order of slices. */
function targets(endpoints: readonly Endpoint[], family: Family, node: string): string[] {
  const words = endpoints.flatMap(({ at }) => targetWord(at, family) ?? []);
  return sample(words.toSorted(), node);
}

function targetWord(at: string, family: Family): string | undefined {
  const place = splitHostPort(at);
  const address = place && addressWord(place.address, family);
  const port = place && portWord(place.port);
  return address === undefined || port === undefined ? undefined : `${address} . ${port}`;
}

/**
 * Who may use a load balancer's address. The node itself may where its own address is among the prefixes: should it have the load
 * balancer's address on a device, that one is the source it then connects from (allowFromNode, pkg/proxy/iptables/proxier.go).
 */
function allowedOf(port: ServicePort, front: Front, { primary }: BridgeNode): readonly string[] | undefined {
  if (front.kind !== 'loadBalancerIP' || port.sourceRanges.length === 0) return undefined;
  const ranges = prefixWords(port.sourceRanges, port.family);
  if (ranges.some((range) => range.endsWith('/0'))) return undefined;
  const own = primary[port.family];
  const isNodeAllowed = own !== undefined && prefixWords([...ranges, own], port.family).length === ranges.length;
  return isNodeAllowed ? prefixWords([...ranges, front.address], port.family) : ranges;
}
