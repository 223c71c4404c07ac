// kube-vip with lb_enable spreads connections to the API servers by a virtual server of its own on each control-plane node.
import { given } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { hasEnv, podName, podsOn, runsImage } from './shared-node-pods.ts';

export const kubeVipLb: NodeRule = {
  id: 'kube-vip-lb',
  section: 5,
  scope: 'node',
  title: 'kube-vip keeps a virtual server for the control plane',
  // To iptables only `kube-proxy --cleanup` would delete it, which the operator never runs.
  verdicts: { iptables: 'warn', ipvs: 'warn', nftables: 'block' },
  source: 'kube-vip/kube-vip#745; kubesphere/kubekey#1702',
  onlyForward: true,
  check: ({ cluster, node, target }) =>
    given([cluster.pods], (pods) => {
      const pod = podsOn(pods, node.name).find((one) => runsImage(one, /kube-vip/) && hasEnv(one, 'lb_enable'));
      if (pod === undefined) return undefined;
      return {
        message: `kube-vip (pod ${podName(pod)}) has lb_enable=true: it keeps a virtual server for the API servers, and ${EFFECT[target]}.`,
        fix:
          target === 'iptables'
            ? 'Never run kube-proxy --cleanup on this node.'
            : 'Set lb_enable to "false" in the kube-vip manifest (/etc/kubernetes/manifests/kube-vip.yaml on control-plane nodes): the address stays, its leader answers alone.',
      };
    }),
};

const EFFECT = {
  iptables: 'kube-proxy --cleanup would delete it',
  ipvs: 'kube-proxy in ipvs mode and kube-vip delete and make it again, over and over',
  nftables: 'kube-proxy in nftables mode deletes it at every start',
} as const;
