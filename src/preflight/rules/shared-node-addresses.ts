// On which addresses of a node node ports can be used today, beside the primary one of each family.
import { familyOf, ranges } from '../cidr.ts';
import type { Family, Ranges } from '../cidr.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import type { NodeFacts } from '../facts/node.ts';
import type { HostAddress } from '../facts/probe.ts';
import { derive, known, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import { serviceAddresses } from './shared-services.ts';

export type OtherAddresses = {
  /** Of network cards, and addresses announced there: clients outside may use them. */
  readonly outer: readonly string[];
  /** Of bridges other containers of the node hang on (docker0 …), as `172.17.0.1 (docker0)`. */
  readonly bridges: readonly string[];
  /** Of devices of the pod network (cni0, tunl0 …): clients are at most pods of this node. */
  readonly pods: readonly string[];
};

const BRIDGE = /^(?:docker|br-|virbr|lxcbr|lxdbr|podman|cni-podman)/;
const POD_DEVICE =
  /^(?:cni|cbr|cali|tunl|vxlan|flannel|cilium|kube-|nodelocaldns|veth|weave|antrea|ovn|wireguard|dummy|lxc)/;
const LOCAL = ranges(['127.0.0.0/8', '::1/128', '169.254.0.0/16', 'fe80::/10']);
/** Addresses Calico gives tunnels; its blocks of pod addresses need not be the node's podCIDR. */
const TUNNEL_ANNOTATION = /^projectcalico\.org\/IPv[46](?:IPIPTunnel|VXLANTunnel|WireguardInterface)Addr$/;

/** Of these families. A Node object names only some addresses: where nobody looked, the ones it names are known to be there. */
export function otherAddresses(
  node: NodeFacts,
  cluster: ClusterFacts,
  families: ReadonlySet<Family>,
): Known<OtherAddresses> {
  const primary = new Set(
    (['IPv4', 'IPv6'] as const).flatMap((family) => node.internalIps.find((ip) => familyOf(ip) === family) ?? []),
  );
  const wanted = (address: string): boolean => {
    const family = familyOf(address);
    return family !== undefined && families.has(family) && !primary.has(address) && !LOCAL.has(address);
  };
  const named = [...node.internalIps, ...node.externalIps].filter(wanted);
  const inner = podRanges(node, cluster);
  const services = serviceAddresses(valueOr(cluster.services, []));
  const sorted = derive([node.probe.addresses], (all) =>
    sort(
      all.filter(({ address }) => wanted(address) && !services.has(address)),
      inner,
    ),
  );
  if (!sorted.known) return named.length === 0 ? sorted : known({ outer: named, bridges: [], pods: [] });
  return known({ ...sorted.value, outer: [...new Set([...named, ...sorted.value.outer])] });
}

function sort(addresses: readonly HostAddress[], inner: Ranges): OtherAddresses {
  const groups = Map.groupBy(addresses, ({ address, device = '' }) => {
    if (BRIDGE.test(device)) return 'bridges';
    return POD_DEVICE.test(device) || inner.has(address) ? 'pods' : 'outer';
  });
  const shown = ({ address, device }: HostAddress): string =>
    device === undefined ? address : `${address} (${device})`;
  return {
    outer: (groups.get('outer') ?? []).map(({ address }) => address),
    bridges: (groups.get('bridges') ?? []).map(shown),
    pods: (groups.get('pods') ?? []).map(shown),
  };
}

/** Where pods and Services have their addresses: kube-ipvs0 carries those of Services. */
function podRanges({ podCidrs, object }: NodeFacts, { kubeProxy, serviceRanges }: ClusterFacts): Ranges {
  const clusterCidr = valueOr(kubeProxy.config, undefined)?.textAt(['clusterCIDR']) ?? '';
  const tunnels = Object.entries(object.metadata.annotations ?? {}).flatMap(([name, address]) =>
    TUNNEL_ANNOTATION.test(name) ? [`${address}/${address.includes(':') ? 128 : 32}`] : [],
  );
  return ranges([...podCidrs, ...clusterCidr.split(','), ...tunnels, ...valueOr(serviceRanges, [])]);
}
