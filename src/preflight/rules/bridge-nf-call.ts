// Between pods on one Linux bridge, replies take the short way and pass no rules, unless the kernel is told to show bridged packets to iptables
// and nftables: then the sender's address is not translated back.
import type { ClusterFacts } from '../facts/cluster.ts';
import type { NodeFacts } from '../facts/node.ts';
import { derive, firstKnown, given } from '../known.ts';
import type { Known } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';
import { kernelFix } from './shared-kernel.ts';
import { familiesOf } from './shared-services.ts';

export const bridgeNfCall: NodeRule = {
  id: 'bridge-nf-call',
  section: 7,
  scope: 'node',
  title: 'packets between pods on one bridge pass no rules',
  verdicts: everyMode('warn'),
  source: 'kubernetes.io: container runtimes, network prerequisites; measured on 1.36.3',
  check: ({ cluster, node }) =>
    given([hasPodBridge(node, cluster)], (bridge) => {
      if (!bridge) return undefined;
      return given([node.probe.sysctls, cluster.services], (values, services) => {
        const families = familiesOf(services);
        const off = [
          ...(families.has('IPv4') ? ['net.bridge.bridge-nf-call-iptables'] : []),
          ...(families.has('IPv6') ? ['net.bridge.bridge-nf-call-ip6tables'] : []),
        ].filter((name) => values[name] !== '1');
        if (off.length === 0) return undefined;
        return {
          message: `Pods hang on one bridge, and ${off.map((name) => `${name} is ${values[name] ?? 'not there (br_netfilter is not loaded)'}`).join(', ')}: a pod does not reach a Service whose endpoint is on the same node.`,
          fix: kernelFix(node, { modules: ['br_netfilter'], sysctls: off.map((name) => ({ name, value: '1' })) }),
        };
      });
    }),
};

/** The bridge plugin and flannel call it cni0, kubenet cbr0. Calico, Cilium and others route to each pod instead. */
function hasPodBridge({ probe }: NodeFacts, { cni }: ClusterFacts): Known<boolean> {
  return firstKnown(
    derive([probe.devices], (devices) => devices.some((one) => /^(?:cni\d+|cbr\d+|kube-bridge|weave)$/.test(one))),
    derive([cni], ({ flannel, kubeRouter, weave, canal }) => !canal && (flannel ?? kubeRouter ?? weave) !== undefined),
  );
}
