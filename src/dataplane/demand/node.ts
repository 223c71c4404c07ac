// The node as its rules see it: its addresses, where its node ports answer, and from where packets come that it may have to serve.
import { addressAt, canonical, familyOf, holds, parsePrefix, type Family, type Prefix } from '../addresses.ts';
import type { ProxyMode } from '../../api/fields.ts';
import { IPVS_DEVICE, type NodeAddress } from '../rules/node-addresses.ts';
import type { NodeObject } from './objects.ts';
import type { ProxySettings } from './proxy-settings.ts';

export type NodeView = {
  readonly name: string;
  readonly zone: string | undefined;
  /** All its own, kube-ipvs0's left out. */
  readonly addresses: readonly string[];
  /** The InternalIP of each family. */
  readonly primary: Readonly<Record<Family, string | undefined>>;
  /** Whose sources count as pods for kube-proxy; empty where that is not told by addresses. */
  readonly podRanges: readonly Prefix[];
  /** kube-proxy can tell pods from others at all: without, nothing is masqueraded for coming from outside. */
  readonly detects: Readonly<Record<Family, boolean>>;
  /** Pods of this node. */
  readonly ownPodRanges: readonly Prefix[];
  readonly nodePortAddresses: Readonly<Record<Family, readonly string[]>>;
};

const ZONE = 'topology.kubernetes.io/zone';

export type NodeInput = {
  readonly node: NodeObject;
  /** undefined: not read; the Node object's addresses must do. */
  readonly addresses: readonly NodeAddress[] | undefined;
  readonly settings: ProxySettings;
  readonly mode: ProxyMode;
};

export function viewNode({ node, addresses, settings, mode }: NodeInput): NodeView {
  const internal = internalAddresses(node);
  const own = ownAddresses(addresses) ?? internal;
  const podCIDRs = prefixes(node.spec?.podCIDRs ?? [node.spec?.podCIDR ?? '']);
  const byInterface = settings.detectLocal === 'BridgeInterface' || settings.detectLocal === 'InterfaceNamePrefix';
  const podRanges = settings.detectLocal === 'NodeCIDR' ? podCIDRs : prefixes(settings.clusterCIDRs);
  const primary = perFamily((family) => internal.find((address) => familyOf(address) === family));
  return {
    name: node.metadata.name ?? '',
    zone: node.metadata.labels?.[ZONE],
    addresses: own,
    primary,
    podRanges: byInterface ? [] : podRanges,
    detects: perFamily((family) => byInterface || podRanges.some((range) => range.family === family)),
    ownPodRanges: podCIDRs.length > 0 ? podCIDRs : podRanges,
    nodePortAddresses: perFamily((family) => nodePortAddresses(own, primary[family], { settings, mode, family })),
  };
}

/** What stands on kube-ipvs0 is a Service's, on whatever device it may be repeated. */
function ownAddresses(addresses: NodeInput['addresses']): string[] | undefined {
  const virtual = new Set(addresses?.filter(({ device }) => device === IPVS_DEVICE).map(({ address }) => address));
  return addresses?.map(({ address }) => address).filter((address) => !virtual.has(address));
}

function internalAddresses({ status }: NodeObject): string[] {
  return (status?.addresses ?? [])
    .filter(({ type, address }) => type === 'InternalIP' && familyOf(address) !== undefined)
    .map(({ address }) => canonical(address));
}

function prefixes(cidrs: readonly string[]): Prefix[] {
  return cidrs.flatMap((cidr) => parsePrefix(cidr.trim()) ?? []);
}

function perFamily<T>(of: (family: Family) => T): Record<Family, T> {
  return { IPv4: of('IPv4'), IPv6: of('IPv6') };
}

type Choice = { readonly settings: ProxySettings; readonly mode: ProxyMode; readonly family: Family };

/** NodePortAddresses, pkg/proxy/util/nodeport_addresses.go. In mode nftables the default is `primary`, in the others every address. */
function nodePortAddresses(own: readonly string[], primary: string | undefined, choice: Choice): string[] {
  const { settings, mode, family } = choice;
  const written =
    settings.nodePortAddresses.length > 0 ? settings.nodePortAddresses : mode === 'nftables' ? ['primary'] : ['all'];
  const ranges = prefixes(written);
  const chosen = own
    .filter((address) => !loopback(address) && !linkLocal(address))
    .filter(
      (address) =>
        written.includes('all') ||
        (written.includes('primary') && address === primary) ||
        ranges.some((range) => holds(range, address)) ||
        // CIDRs of one family only: the other keeps all (NewNodePortAddresses).
        (ranges.length > 0 && ranges.every((range) => range.family !== family)),
    );
  return chosen.filter((address) => familyOf(address) === family);
}

export function loopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** fe80::/10: kube-proxy offers no node ports there in mode ipvs (isValidForSet, pkg/proxy/ipvs/util). */
function linkLocal(address: string): boolean {
  return /^fe[89ab]/.test(address);
}

/** Of the documentation ranges and benchmarks (RFC 5737, 2544, 3849): nobody's pod, and nobody's node. */
const STRANGERS: Readonly<Record<Family, readonly string[]>> = {
  IPv4: ['198.18.0.77', '192.0.2.77', '203.0.113.77', '100.64.0.77', '172.31.255.77', '9.9.9.77'],
  IPv6: ['2001:db8::77', '2001:2::77', '3fff::77', 'fdff:ffff::77'],
};

/** An address outside the cluster that lies in none of `avoided`. */
export function stranger(family: Family, avoided: readonly Prefix[]): string | undefined {
  return STRANGERS[family].find((address) => !avoided.some((prefix) => holds(prefix, address)));
}

const TRIES = 64n;

/** An address a pod of this node could have, and that no endpoint has. */
export function somePod(view: NodeView, family: Family, taken: ReadonlySet<string>): string | undefined {
  const range = view.ownPodRanges.find((prefix) => prefix.family === family);
  if (range === undefined) return undefined;
  for (let offset = 250n; offset > 250n - TRIES; offset -= 1n) {
    const address = addressAt(range, offset) ?? addressAt(range, offset % 8n);
    if (address !== undefined && !taken.has(address) && !view.addresses.includes(address)) return address;
  }
  return undefined;
}
