// iptables mode drops packets conntrack calls invalid. nftables mode does not; on kernels before 6.1 they then reset connections to pods.
import { given, unseen } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { configFor, flagAt } from './shared-config.ts';

export const conntrackInvalid: NodeRule = {
  id: 'conntrack-invalid',
  section: 6,
  scope: 'node',
  title: 'kube-proxy drops packets that conntrack calls invalid',
  verdicts: { iptables: 'info', ipvs: 'info', nftables: 'warn' },
  source: 'KEP-3866; k/k#74839, k/k PR 122812; kubermatic/kubermatic#15501',
  onlyForward: true,
  check: (context) => {
    const { node, target, from } = context;
    // Only iptables mode drops them, and counts what it drops.
    if ((from ?? 'iptables') !== 'iptables' || target === 'iptables') return undefined;
    return given([node.kernel], ({ text: kernel, major, minor }) => {
      if (major > 6 || (major === 6 && minor >= 1)) return undefined;
      return given([configFor(context), node.kubeProxy.invalidDroppedPackets], (config, packets) => {
        if (flagAt(config, ['conntrack', 'tcpBeLiberal']) || packets === 0) return undefined;
        if (packets === undefined) return unseen('this kube-proxy does not count them (1.31 does)');
        const seen = `kube-proxy has dropped ${packets} packets that conntrack calls invalid, and the kernel is ${kernel}`;
        if (target === 'ipvs') return { message: `${seen}. ipvs mode does not drop them.` };
        return {
          message: `${seen}: nftables mode lets them pass, and before 6.1 they can reset connections between pods.`,
          fix: '# in the ProxyModeMigration; the sysctl nf_conntrack_tcp_be_liberal stays 1 after a rollback\nspec:\n  config:\n    conntrack:\n      tcpBeLiberal: true',
        };
      });
    });
  },
};
