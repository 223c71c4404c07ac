// NodeLocal DNSCache and the DNS Service for tests.
import type { WorkloadParts } from './cluster.ts';
import { daemonSet, service } from './cluster.ts';

export const kubeDns = {
  ...service('kube-dns', { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'] }),
  metadata: { name: 'kube-dns', namespace: 'kube-system' },
};

/** `localip` as in its argument. */
export function nodeLocalDns(localip: string, parts: WorkloadParts = {}): ReturnType<typeof daemonSet> {
  return daemonSet('node-local-dns', {
    image: 'registry.k8s.io/dns/k8s-dns-node-cache:1.26.4',
    container: 'node-cache',
    args: ['-localip', localip, '-conf', '/etc/Corefile', '-upstreamsvc', 'kube-dns-upstream'],
    ...parts,
  });
}
