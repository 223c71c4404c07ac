// The Services every cluster has: its API and its DNS.
import type { EndpointSlice, Service } from '../../../src/preflight/facts/objects.ts';

/** Cluster IPs, and the addresses of the API servers. */
export type SystemServices = { readonly api: string; readonly dns: string; readonly apiServers: readonly string[] };

export function systemServices({ api, dns }: SystemServices): readonly Service[] {
  return [
    {
      metadata: {
        name: 'kubernetes',
        namespace: 'default',
        labels: { component: 'apiserver', provider: 'kubernetes' },
      },
      spec: {
        type: 'ClusterIP',
        clusterIP: api,
        clusterIPs: [api],
        ipFamilies: ['IPv4'],
        ports: [{ name: 'https', port: 443, targetPort: 6443, protocol: 'TCP' }],
      },
      status: { loadBalancer: {} },
    },
    {
      metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
      spec: {
        type: 'ClusterIP',
        clusterIP: dns,
        clusterIPs: [dns],
        ipFamilies: ['IPv4'],
        selector: { 'k8s-app': 'kube-dns' },
        ports: [
          { name: 'dns', port: 53, protocol: 'UDP' },
          { name: 'dns-tcp', port: 53, protocol: 'TCP' },
        ],
      },
      status: { loadBalancer: {} },
    },
  ];
}

export function systemEndpoints({ apiServers }: SystemServices): readonly EndpointSlice[] {
  return [
    {
      metadata: {
        name: 'kubernetes',
        namespace: 'default',
        labels: { 'kubernetes.io/service-name': 'kubernetes' },
      },
      addressType: 'IPv4',
      endpoints: apiServers.map((address) => ({ addresses: [address], conditions: { ready: true } })),
      ports: [{ name: 'https', port: 6443, protocol: 'TCP' }],
    },
  ];
}
