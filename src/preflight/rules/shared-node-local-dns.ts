// NodeLocal DNSCache: which addresses it takes on the node. There are two layouts. In the one for iptables it takes the ClusterIP of kube-dns
// besides a local address, so that pods find it without being told. In the one for ipvs it takes the local address alone, because ipvs has
// every ClusterIP on kube-ipvs0, and pods are told by the kubelet's clusterDNS.
import { words } from '../../kubeproxy/command-line.ts';
import { familyOf, ranges } from '../cidr.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import { containersOf, flagValue } from '../facts/installed.ts';
import type { Container, DaemonSet, Service } from '../facts/objects.ts';
import { derive, deriveFrom, firstKnown, given, known, unseen } from '../known.ts';
import type { Known } from '../known.ts';
import type { Outcome } from '../rule.ts';

export type NodeLocalDns = {
  readonly namespace: string;
  readonly name: string;
  readonly localIps: readonly string[];
  /** The ClusterIPs among them, with their Services: "10.96.0.10 (kube-system/kube-dns)". Empty in the layout for ipvs. */
  readonly clusterIps: readonly string[];
};

/** Asks about the first that takes addresses of the node at all; `binding` ones (with ClusterIPs) come first. */
export function ofNodeLocalDns(cluster: ClusterFacts, ask: (dns: NodeLocalDns) => Outcome): Outcome {
  return given([cluster.daemonSets], (daemonSets) => {
    const caches = daemonSets.flatMap(cacheIn);
    if (caches.length === 0) return undefined;
    return given([serviceOf(cluster)], (service) => {
      const unreadable = caches.flatMap(({ localIps }) => localIps).find((ip) => familyOf(ip) === undefined);
      if (unreadable !== undefined)
        return unseen(`-localip of NodeLocal DNSCache holds ${unreadable}, which is no address`);
      const all = caches.map((one) => ({ ...one, clusterIps: one.localIps.flatMap((ip) => service(ip) ?? []) }));
      const first = all.find(({ clusterIps }) => clusterIps.length > 0) ?? all[0];
      return first === undefined ? undefined : ask(first);
    });
  });
}

export function hasNodeLocalDns(daemonSets: readonly DaemonSet[]): boolean {
  return daemonSets.some((one) => cacheIn(one).length > 0);
}

function cacheIn(daemonSet: DaemonSet): readonly Omit<NodeLocalDns, 'clusterIps'>[] {
  const { name, namespace = 'default' } = daemonSet.metadata;
  const named = /^node-?local-?dns\b/.test(name);
  const containers = containersOf(daemonSet);
  const container = containers.find(isNodeCache) ?? (named ? containers[0] : undefined);
  if (container === undefined) return [];
  const line = words(container).map((word) => word.replace(/^--/, '-'));
  // Beside Cilium's local redirect policies it takes no address of the node.
  if (flagValue(line, '-setupinterface') === 'false') return [];
  // node-cache's own default (kubernetes/dns cmd/node-cache/main.go).
  const localIps = (flagValue(line, '-localip') ?? '169.254.20.10').split(',').map((ip) => ip.trim());
  return [{ namespace, name, localIps: localIps.filter((ip) => ip !== '') }];
}

function isNodeCache(container: Container): boolean {
  return (
    /k8s-dns-node-cache\b/.test(container.image ?? '') || words(container).some((word) => /^--?localip\b/.test(word))
  );
}

/** Says whose ClusterIP an address is. Where Services cannot be listed, their ranges tell that it is one. */
function serviceOf({ services, serviceRanges }: ClusterFacts): Known<(ip: string) => string | undefined> {
  return firstKnown<(ip: string) => string | undefined>(
    derive([services], byServices),
    deriveFrom([serviceRanges], (cidrs) => {
      const { has } = ranges(cidrs);
      return known((ip: string) => (has(ip) ? `${ip} (inside the Service range ${cidrs.join(', ')})` : undefined));
    }),
  );
}

function byServices(services: readonly Service[]): (ip: string) => string | undefined {
  const names = new Map(
    services.flatMap(({ metadata, spec }) =>
      (spec?.clusterIPs ?? [spec?.clusterIP ?? '']).map(
        (ip) => [ip, `${metadata.namespace ?? 'default'}/${metadata.name}`] as const,
      ),
    ),
  );
  return (ip) => (names.has(ip) ? `${ip} (${names.get(ip)})` : undefined);
}
