// What the bridge has to know of a node and of the kube-proxy it stands in for, from the Node object and the configuration that the
// kube-proxy runs with now.
import { canonical, familyOf, type Family } from '../dataplane/addresses.ts';
import type { NodeObject } from '../dataplane/demand/objects.ts';
import { readSettings, type ProxySettings } from '../dataplane/demand/proxy-settings.ts';
import type { ProxyMode } from '../api/fields.ts';

/** How packets of pods are told from others; the others are masqueraded on their way to a ClusterIP. */
export type PodSources =
  | { readonly kind: 'ranges'; readonly ranges: readonly string[] }
  | { readonly kind: 'device'; readonly name: string; readonly isPrefix: boolean }
  /** Not at all: nothing is masqueraded for coming from elsewhere. */
  | { readonly kind: 'unknown' };

export type BridgeNode = {
  readonly name: string;
  readonly zone: string | undefined;
  /** The InternalIP of each family. */
  readonly primary: Readonly<Record<Family, string | undefined>>;
  readonly pods: PodSources;
  readonly masqueradeAll: boolean;
  /** The bit itself: 0x4000 for masqueradeBit 14. */
  readonly masqueradeMark: number;
  /** Prefixes and the keywords `primary` and `all`; empty is the mode's own default, filled in by `bridgeNode`. */
  readonly nodePortAddresses: readonly string[];
};

const ZONE = 'topology.kubernetes.io/zone';

/** `config`: the KubeProxyConfiguration as an object. `mode`: what runs on the node, whatever the configuration says by now. */
export function bridgeNode(node: NodeObject, config: unknown, mode: ProxyMode): BridgeNode {
  const settings = readSettings(config, mode);
  const { metadata, status } = node;
  const internal = (status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address);
  const first = (family: Family): string | undefined => internal.find((address) => familyOf(address) === family);
  const own = { IPv4: first('IPv4'), IPv6: first('IPv6') };
  const written = settings.nodePortAddresses;
  return {
    name: metadata.name ?? '',
    zone: metadata.labels?.[ZONE],
    primary: { IPv4: own.IPv4, IPv6: own.IPv6 === undefined ? undefined : canonical(own.IPv6) },
    pods: podSources(node, settings, config),
    masqueradeAll: settings.masqueradeAll,
    masqueradeMark: settings.masqueradeMark,
    nodePortAddresses: written.length > 0 ? written : [mode === 'nftables' ? 'primary' : 'all'],
  };
}

function podSources({ spec }: NodeObject, settings: ProxySettings, config: unknown): PodSources {
  const ranges = (found: readonly string[]): PodSources =>
    found.length === 0 ? { kind: 'unknown' } : { kind: 'ranges', ranges: found };
  switch (settings.detectLocal) {
    case 'ClusterCIDR':
      return ranges(settings.clusterCIDRs);
    case 'NodeCIDR':
      return ranges(spec?.podCIDRs ?? (spec?.podCIDR === undefined ? [] : [spec.podCIDR]));
    case 'BridgeInterface':
      return device(detectLocalOf(config).bridgeInterface, false);
    case 'InterfaceNamePrefix':
      return device(detectLocalOf(config).interfaceNamePrefix, true);
  }
}

function device(name: unknown, isPrefix: boolean): PodSources {
  return typeof name === 'string' && name !== '' ? { kind: 'device', name, isPrefix } : { kind: 'unknown' };
}

type DetectLocal = { readonly bridgeInterface?: unknown; readonly interfaceNamePrefix?: unknown };

function detectLocalOf(config: unknown): DetectLocal {
  return (config as { readonly detectLocal?: DetectLocal } | null | undefined)?.detectLocal ?? {};
}
