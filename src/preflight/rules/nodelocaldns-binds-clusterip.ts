// The classic outage of this migration: in ipvs mode kube-proxy puts every ClusterIP on kube-ipvs0, the cache has that of kube-dns on its own
// device, and DNS of the whole node dies, the node's own included where it goes by the cache.
//
// Not asked for the way back: a cluster that ran ipvs with this layout lived with it, and must not be held in it.
import { valueOr } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { ofNodeLocalDns } from './shared-node-local-dns.ts';

export const nodelocaldnsBindsClusterip: ClusterRule = {
  id: 'nodelocaldns-binds-clusterip',
  section: 4,
  scope: 'cluster',
  title: "NodeLocal DNSCache takes the ClusterIP of the cluster's DNS",
  verdicts: { iptables: 'info', ipvs: 'block', nftables: 'info' },
  source: 'kubernetes.io nodelocaldns; rancher/rke#2093; gardener/gardener#2528; node-local-dns helm-charts#663',
  onlyForward: true,
  check: ({ cluster, target }) =>
    ofNodeLocalDns(cluster, ({ namespace, name, localIps, clusterIps }) => {
      if (clusterIps.length === 0) return undefined;
      const binds = `NodeLocal DNSCache (DaemonSet ${namespace}/${name}) takes ${clusterIps.join(', ')} on every node, its layout for iptables.`;
      if (target !== 'ipvs') return { message: `${binds} It stays as it is.` };
      const own = localIps.filter((ip) => !clusterIps.some((one) => one.startsWith(`${ip} `)));
      const isRke2 = valueOr(cluster.distribution, undefined)?.id === 'rke2';
      return {
        message: `${binds} In ipvs mode kube-proxy puts the same address on kube-ipvs0: the two fight for it, and DNS of the whole node dies.`,
        fix: isRke2 ? `${RKE2}\n${steps(namespace, name, own)}` : steps(namespace, name, own),
      };
    }),
};

/** In this order no pod is ever without DNS: the local address answers already, and pods that still use the ClusterIP reach the Service. */
function steps(namespace: string, name: string, own: readonly string[]): string {
  const local = own.length === 0 ? ['169.254.20.10'] : own;
  return [
    'Change to the layout for ipvs first, which works in every mode:',
    `1. clusterDNS: [${local.join(', ')}] in the configuration of every kubelet, and restart it (kubeadm: kubectl -n kube-system edit configmap kubelet-config, then on each node: kubeadm upgrade node phase kubelet-config && systemctl restart kubelet)`,
    '2. restart the pods that use DNS: only new ones ask the local address',
    `3. kubectl -n ${namespace} edit daemonset ${name}   # -localip ${local.join(',')} alone, and the same in every "bind" of its Corefile`,
  ].join('\n');
}

const RKE2 = 'RKE2: nodelocal.ipvs: true in the HelmChartConfig kube-system/rke2-coredns does all of it; otherwise:';
