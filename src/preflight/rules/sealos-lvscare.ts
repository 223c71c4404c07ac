// sealos keeps a virtual server on every worker, behind which the API servers are: the kubelet itself reaches them that way.
import { given } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { podName, podsOn, runsImage } from './shared-node-pods.ts';

export const sealosLvscare: NodeRule = {
  id: 'sealos-lvscare',
  section: 5,
  scope: 'node',
  title: 'the kubelet reaches the API server through a virtual server of lvscare',
  // To iptables only `kube-proxy --cleanup` would delete it, which the operator never runs.
  verdicts: { iptables: 'warn', ipvs: 'info', nftables: 'block' },
  source: 'labring/sealos, lvscare static pod; pkg/proxy/ipvs/cleanup.go',
  onlyForward: true,
  check: ({ cluster, node, target }) =>
    given([cluster.pods], (pods) => {
      const pod = podsOn(pods, node.name).find(
        (one) => one.metadata.name.startsWith('kube-sealos-lvscare') || runsImage(one, /lvscare/),
      );
      if (pod === undefined) return undefined;
      const what = `Pod ${podName(pod)} keeps the virtual server through which this node reaches the API servers`;
      switch (target) {
        case 'iptables':
          return {
            message: `${what}. kube-proxy --cleanup would delete it, and the node would become NotReady.`,
            fix: 'Never run kube-proxy --cleanup on this node.',
          };
        case 'ipvs':
          return { message: `${what}. Its address has to stay in ipvs.excludeCIDRs.` };
        case 'nftables':
          return {
            message: `${what}. In nftables mode every start of kube-proxy deletes it: the node becomes NotReady until lvscare has put it back.`,
            fix: 'Stay on ipvs, or first let the kubelets reach the API servers without ipvs: another load balancer, and its address as server in /etc/kubernetes/kubelet.conf.',
          };
      }
    }),
};
