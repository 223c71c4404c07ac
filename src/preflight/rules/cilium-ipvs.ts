// Reported by Kubermatic for their clusters; nobody has explained it, and ipvs is on its way out anyway.
import type { ClusterRule } from '../rule.ts';
import { ofCilium } from './shared-cilium.ts';

export const ciliumIpvs: ClusterRule = {
  id: 'cilium-ipvs',
  section: 3,
  scope: 'cluster',
  title: 'Cilium is installed, which has failed together with ipvs',
  verdicts: { ipvs: 'warn' },
  source: 'Kubermatic documentation, CNI and cluster network',
  check: ({ cluster }) =>
    ofCilium(cluster, ({ image }) => ({
      message: `Cilium is installed (${image}): with kube-proxy in ipvs mode connections from pods to node ports have been reported to fail.`,
      fix: 'Choose nftables or iptables as target. If it has to be ipvs: try a NodePort Service from a pod on the first node before going on.',
    })),
};
