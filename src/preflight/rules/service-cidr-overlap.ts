// nftables mode drops what is sent to an address of a Service range that no Service has (chain cluster-ips-check). An endpoint, a pod
// or a node with such an address goes dark; in the other modes it is reached.
import { ranges } from '../cidr.ts';
import type { Ranges } from '../cidr.ts';
import type { NodeFacts } from '../facts/node.ts';
import type { EndpointSlice } from '../facts/objects.ts';
import { given } from '../known.ts';
import type { ClusterRule, Hit } from '../rule.ts';
import { few } from './shared-words.ts';

export const serviceCidrOverlap: ClusterRule = {
  id: 'service-cidr-overlap',
  section: 9,
  scope: 'cluster',
  title: 'a node, pod or endpoint has an address inside a Service range',
  verdicts: { nftables: 'block' },
  source: 'pkg/proxy/nftables/proxier.go, cluster-ips-check; measured on 1.36.3',
  check: ({ cluster, nodes }) => {
    // kube-proxy knows the ranges from ServiceCIDR objects alone. Where it is certain that there are none, it drops nothing, and a range that
    // cannot be learned elsewhere either (a managed control plane before 1.33) is no reason to stop.
    const { serviceCidrs, serviceRanges } = cluster;
    if (serviceCidrs.known && serviceCidrs.value.length === 0 && !serviceRanges.known) return undefined;
    // Without the list of nodes the distribution is not known either.
    return given([serviceRanges, cluster.distribution], (cidrs) => {
      const service = ranges(cidrs);
      const onNodes = nodes.flatMap((node) => insideOf(node, service));
      if (onNodes.length > 0) return hit(onNodes, cidrs);
      return given([cluster.endpointSlices], (slices) =>
        hit(
          slices.flatMap((slice) => endpointsInside(slice, service)),
          cidrs,
        ),
      );
    });
  },
};

function insideOf({ name, internalIps, externalIps, podCidrs }: NodeFacts, service: Ranges): readonly string[] {
  const addresses = [...internalIps, ...externalIps].filter(service.has).map((ip) => `${ip} of node ${name}`);
  return [...addresses, ...podCidrs.filter(service.overlaps).map((cidr) => `pod range ${cidr} of node ${name}`)];
}

function endpointsInside({ metadata, endpoints }: EndpointSlice, service: Ranges): readonly string[] {
  const owner = `${metadata.namespace}/${metadata.labels?.['kubernetes.io/service-name'] ?? metadata.name}`;
  const addresses = (endpoints ?? []).flatMap((endpoint) => endpoint.addresses ?? []);
  return addresses.filter(service.has).map((ip) => `endpoint ${ip} of Service ${owner}`);
}

function hit(inside: readonly string[], cidrs: readonly string[]): Hit | undefined {
  if (inside.length === 0) return undefined;
  return {
    message: `Inside the Service range ${cidrs.join(', ')}: ${few(inside)}. nftables mode drops what is sent there.`,
    fix: 'Give them addresses outside the Service range, or stay on iptables. What the ranges are: kubectl get servicecidrs',
  };
}
