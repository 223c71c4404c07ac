// Cilium beside kube-proxy: a hybrid that works, with pods partly served by sockets and the rest by kube-proxy.
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { isFull, ofCilium } from './shared-cilium.ts';

export const ciliumKprPartial: ClusterRule = {
  id: 'cilium-kpr-partial',
  section: 3,
  scope: 'cluster',
  title: 'Cilium and kube-proxy share the work',
  verdicts: { iptables: 'info', ipvs: 'warn', nftables: 'info' },
  source: 'rke2-docs basic_network_options; cilium documentation, kube-proxy replacement',
  check: ({ cluster, target }) =>
    ofCilium(cluster, ({ kubeProxyReplacement, namespace }) =>
      given([kubeProxyReplacement], (value) => {
        if (isFull(value)) return undefined;
        const shared = `ConfigMap ${namespace}/cilium-config has kube-proxy-replacement ${value}: Cilium leaves Services to kube-proxy in whole or in part.`;
        if (target !== 'ipvs') return { message: `${shared} Nothing has to be changed in Cilium for mode ${target}.` };
        return {
          message: `${shared} Of all modes ipvs is the one with known failures in this mix.`,
          fix: 'Choose nftables or iptables as target, or let Cilium replace kube-proxy as a whole.',
        };
      }),
    ),
};
