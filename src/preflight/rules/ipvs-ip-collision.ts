// ipvs mode puts externalIPs and LB addresses on kube-ipvs0 of every node. If one of them is a node's, or that of the API servers, all
// other nodes talk to themselves instead.
import { isIP } from 'node:net';
import type { ClusterFacts } from '../facts/cluster.ts';
import type { ConfigMap, EndpointSlice, Service } from '../facts/objects.ts';
import { derive, firstKnown, given, known, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { externalIps, serviceName } from './shared-services.ts';
import { few } from './shared-words.ts';

export const ipvsIpCollision: ClusterRule = {
  id: 'ipvs-ip-collision',
  section: 5,
  scope: 'cluster',
  title: 'a Service has an address of a node or of the API server',
  verdicts: { ipvs: 'block' },
  source: 'k/k#66966; TimeBye/kubeadm-ha#25',
  onlyForward: true,
  check: ({ cluster, nodes }) =>
    given([cluster.services], (services) => {
      const users = services.filter((service) => externalIps(service).length > 0);
      if (users.length === 0) return undefined;
      // Without the list of nodes the distribution is not known either.
      if (nodes.length === 0) return given([cluster.distribution], () => undefined);
      // What Node objects name: an address that is merely seen on a node may be a Service's that is announced there (kube-vip).
      const ofNodes = new Map(
        nodes.flatMap((node) => [...node.internalIps, ...node.externalIps].map((ip) => [ip, `node ${node.name}`])),
      );
      const onNodes = collisions(users, ofNodes);
      if (onNodes.length > 0) return hit(onNodes);
      return given([apiServers(cluster)], (addresses) => {
        const found = collisions(users, new Map(addresses.map((ip) => [ip, 'the API server'])));
        return found.length === 0 ? undefined : hit(found);
      });
    }),
};

function hit(found: readonly string[]): { readonly message: string; readonly fix: string } {
  return {
    message: `${few(found)}. In ipvs mode every other node takes such an address for its own: it loses the node, or the API server, and becomes NotReady.`,
    fix: "Take the address out of the Service's spec.externalIPs, or give the load balancer another one: kubectl get services -A -o wide",
  };
}

function collisions(services: readonly Service[], owners: ReadonlyMap<string, string>): readonly string[] {
  return services.flatMap((service) =>
    [...new Set(externalIps(service))].flatMap((ip) => {
      const owner = owners.get(ip);
      return owner === undefined ? [] : [`Service ${serviceName(service)} has ${ip}, the address of ${owner}`];
    }),
  );
}

/** Endpoints of default/kubernetes, and the server in kubeadm's cluster-info and in kube-proxy's kubeconfig. One that is seen is enough. */
function apiServers({ endpointSlices, configMap, kubeProxy }: ClusterFacts): Known<readonly string[]> {
  const sources = [
    derive([endpointSlices], (slices) => slices.filter(isKubernetes).flatMap(addressesIn)),
    derive([configMap('kube-public/cluster-info')], serverIn),
    derive([kubeProxy.apiServer], hostOf),
  ] as const;
  const first = firstKnown<readonly string[]>(...sources);
  return first.known ? known(sources.flatMap((source) => valueOr(source, []))) : first;
}

function isKubernetes({ metadata }: EndpointSlice): boolean {
  return metadata.namespace === 'default' && metadata.labels?.['kubernetes.io/service-name'] === 'kubernetes';
}

function addressesIn({ endpoints }: EndpointSlice): readonly string[] {
  return (endpoints ?? []).flatMap(({ addresses }) => addresses ?? []);
}

function serverIn(configMap: ConfigMap | undefined): readonly string[] {
  return hostOf(/^[ \t]*server:[ \t]*["']?([^\s"']+)/m.exec(configMap?.data?.['kubeconfig'] ?? '')?.[1] ?? '');
}

/** A name is left out: whose address it stands for cannot be told from here. */
function hostOf(server: string): readonly string[] {
  const host = URL.parse(server)?.hostname.replace(/^\[(.*)\]$/, '$1') ?? '';
  return isIP(host) === 0 ? [] : [host];
}
