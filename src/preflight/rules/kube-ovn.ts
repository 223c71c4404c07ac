// Kube-OVN puts its own iptables rules in an order relative to kube-proxy's and matches kube-proxy's mark (gateway_linux.go). What marks and
// chains nftables mode uses is no interface, and with --enable-lb OVN answers for ClusterIPs itself.
import { flagValue } from '../facts/installed.ts';
import { words } from '../../kubeproxy/command-line.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import { given, valueOr } from '../known.ts';
import type { ClusterRule } from '../rule.ts';

export const kubeOvn: ClusterRule = {
  id: 'kube-ovn',
  section: 3,
  scope: 'cluster',
  title: 'Kube-OVN is the network, which leans on rules of kube-proxy',
  verdicts: { iptables: 'info', ipvs: 'warn', nftables: 'warn' },
  source: 'kubeovn/kube-ovn pkg/daemon/gateway_linux.go',
  check: ({ cluster, target }) =>
    given([cluster.cni], ({ kubeOvn: found }) => {
      if (found === undefined) return undefined;
      const what = `Kube-OVN (${found.image}) is the network${loadBalancing(cluster)}.`;
      if (target === 'iptables')
        return {
          message: `${what} It is made for kube-proxy's iptables mode: its nat rules stand before kube-proxy's and match kube-proxy's mark.`,
        };
      return {
        message: `${what} Its nat rules are placed by kube-proxy's iptables chains and match kube-proxy's mark; mode ${target} is unproven with it.`,
        fix: 'Migrate one node first and try there, before the others: pod to Service, node port from outside, and traffic out of the cluster.',
      };
    }),
};

function loadBalancing({ deployments }: ClusterFacts): string {
  const controller = valueOr(deployments, []).find(({ metadata }) => metadata.name === 'kube-ovn-controller');
  const container = controller?.spec?.template?.spec?.containers?.[0];
  const value = container === undefined ? undefined : flagValue(words(container), '--enable-lb');
  return value === undefined ? '' : `, with --enable-lb=${value} (true: OVN answers for ClusterIPs itself)`;
}
