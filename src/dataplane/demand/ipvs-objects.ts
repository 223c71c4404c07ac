// What mode ipvs must have outside iptables: virtual servers, addresses on kube-ipvs0, and ipsets (pkg/proxy/ipvs/proxier.go, ipset.go).
import { familyOf, type Family } from '../addresses.ts';
import { serverKey } from '../rules/ipvs.ts';
import { isGuarded, type Demand } from './demand.ts';
import type { Endpoint } from './endpoints.ts';
import type { Front, ServicePort } from './service-ports.ts';

export type DemandedServer = {
  readonly port: ServicePort;
  readonly protocol: string;
  readonly address: string;
  readonly portNumber: number;
  /** Any of these sets is right. */
  readonly sets: readonly (readonly Endpoint[])[];
};

/** By `serverKey`. */
export function demandedServers({ ports, view }: Demand): Map<string, DemandedServer> {
  const servers = new Map<string, DemandedServer>();
  for (const port of ports)
    for (const front of port.fronts)
      for (const address of front.kind === 'nodePort' ? view.nodePortAddresses[port.family] : [front.address]) {
        const key = serverKey({ protocol: port.protocol, address, port: front.port });
        servers.set(key, { port, protocol: port.protocol, address, portNumber: front.port, sets: setsOf(port, front) });
      }
  return servers;
}

/** syncEndpoint: without a local endpoint versions either use all or leave the server empty. */
function setsOf(port: ServicePort, front: Front): readonly (readonly Endpoint[])[] {
  const policy = front.kind === 'clusterIP' ? port.internalPolicy : port.externalPolicy;
  if (policy === 'Cluster') return port.cluster;
  return port.local.length > 0 ? [port.local] : [...port.cluster, []];
}

/** On kube-ipvs0; load balancer and external addresses only where they are not the node's own already. */
export function demandedVirtualAddresses({ ports, view }: Demand, family: Family): Set<string> {
  const fronts = ports.filter((port) => port.family === family).flatMap((port) => port.fronts);
  const addresses = fronts.flatMap((front) => (front.kind === 'nodePort' ? [] : [front.address]));
  return new Set(addresses.filter((address) => !view.addresses.includes(address)));
}

/** Names are cut to 31 characters, the kernel's limit: KUBE-6-NODE-PORT-LOCAL-SCTP-HAS. */
const LONGEST_NAME = 31;

function setName(name: string, family: Family): string {
  return (family === 'IPv4' ? name : name.replace('KUBE-', 'KUBE-6-')).slice(0, LONGEST_NAME);
}

/** Elements by set, as `ipset save` writes them; only sets that are looked at, all of them even when empty. */
export function demandedSets(demand: Demand, family: Family): Map<string, Set<string>> {
  const sets = new Map<string, Set<string>>(SETS.map((name) => [setName(name, family), new Set<string>()]));
  const add: Add = (name, entry) => void sets.get(setName(name, family))?.add(entry);
  for (const port of demand.ports) {
    if (port.family !== family) continue;
    for (const front of port.fronts) addFront(port, front, add, demand.view.nodePortAddresses[family]);
    for (const endpoint of usedLocally(port)) add('KUBE-LOOP-BACK', loopback(port, endpoint));
    if (port.healthCheckNodePort !== undefined) add('KUBE-HEALTH-CHECK-NODE-PORT', String(port.healthCheckNodePort));
  }
  for (const address of demandedVirtualAddresses(demand, family)) add('KUBE-IPVS-IPS', address);
  return sets;
}

const SETS = [
  'KUBE-CLUSTER-IP',
  'KUBE-LOOP-BACK',
  'KUBE-EXTERNAL-IP',
  'KUBE-EXTERNAL-IP-LOCAL',
  'KUBE-LOAD-BALANCER',
  'KUBE-LOAD-BALANCER-LOCAL',
  'KUBE-LOAD-BALANCER-FW',
  'KUBE-LOAD-BALANCER-SOURCE-CIDR',
  'KUBE-NODE-PORT-TCP',
  'KUBE-NODE-PORT-UDP',
  'KUBE-NODE-PORT-SCTP-HASH',
  'KUBE-NODE-PORT-LOCAL-TCP',
  'KUBE-NODE-PORT-LOCAL-UDP',
  'KUBE-NODE-PORT-LOCAL-SCTP-HASH',
  'KUBE-HEALTH-CHECK-NODE-PORT',
  'KUBE-IPVS-IPS',
];

type Add = (set: string, entry: string) => void;

function addFront(port: ServicePort, front: Front, add: Add, nodeAddresses: readonly string[]): void {
  const local = port.externalPolicy === 'Local';
  switch (front.kind) {
    case 'clusterIP':
      return add('KUBE-CLUSTER-IP', element(port, front));
    case 'externalIP':
      return add(local ? 'KUBE-EXTERNAL-IP-LOCAL' : 'KUBE-EXTERNAL-IP', element(port, front));
    case 'loadBalancerIP':
      add('KUBE-LOAD-BALANCER', element(port, front));
      if (local) add('KUBE-LOAD-BALANCER-LOCAL', element(port, front));
      if (isGuarded(port, front)) addGuard(port, element(port, front), add);
      return;
    case 'nodePort':
      return addNodePort(port, front.port, { add, local, nodeAddresses });
  }
}

function element(port: ServicePort, front: { readonly address: string; readonly port: number }): string {
  return `${front.address},${port.protocol}:${front.port}`;
}

function addGuard(port: ServicePort, guarded: string, add: Add): void {
  add('KUBE-LOAD-BALANCER-FW', guarded);
  for (const range of port.sourceRanges) {
    // hash:net cannot hold /0: ipset keeps its halves.
    const whole = /^(0\.0\.0\.0|::)\/0$/.test(range.trim());
    const halves = familyOf(range.split('/')[0] ?? '') === 'IPv6' ? ['::/1', '8000::/1'] : ['0.0.0.0/1', '128.0.0.0/1'];
    for (const part of whole ? halves : [range.trim().replace(/\/(?:32|128)$/, '')])
      add('KUBE-LOAD-BALANCER-SOURCE-CIDR', `${guarded},${part}`);
  }
}

type NodePortAround = { readonly add: Add; readonly local: boolean; readonly nodeAddresses: readonly string[] };

/** A bitmap of ports for TCP and UDP; SCTP has none and is kept by address. */
function addNodePort({ protocol }: ServicePort, port: number, { add, local, nodeAddresses }: NodePortAround): void {
  const name = protocol.toUpperCase();
  for (const kind of local ? ['', '-LOCAL'] : [''])
    if (protocol !== 'sctp') add(`KUBE-NODE-PORT${kind}-${name}`, String(port));
    else for (const address of nodeAddresses) add(`KUBE-NODE-PORT${kind}-SCTP-HASH`, `${address},sctp:${port}`);
}

/** Of this node, and used by some front. */
function usedLocally(port: ServicePort): Endpoint[] {
  const [all = []] = port.cluster;
  const used = new Map(
    [...all, ...port.local].filter((endpoint) => endpoint.local).map((endpoint) => [endpoint.at, endpoint]),
  );
  return [...used.values()];
}

function loopback(port: ServicePort, { at, address }: Endpoint): string {
  return `${address},${port.protocol}:${at.slice(at.lastIndexOf(':') + 1)},${address}`;
}
