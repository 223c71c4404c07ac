// Up to 1.25 a kube-proxy that cannot run ipvs runs iptables (or userspace) instead and says so in its log only. The configuration says
// ipvs, and everybody believes it.
import { kernelNeeds } from '../../kubeproxy/kernel-needs.ts';
import { isPresent, metBy } from '../../kubeproxy/kernel-state.ts';
import { answersEffectiveMode } from '../../kubeproxy/versions.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import type { NodeFacts } from '../facts/node.ts';
import { firstKnown, given, valueOr } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { kernelFix } from './shared-kernel.ts';
import { logOfNode, NAME_NODE } from './shared-kube-proxy.ts';

export const fallbackHidden: NodeRule = {
  id: 'fallback-hidden',
  section: 1,
  scope: 'node',
  title: 'kube-proxy fell back from ipvs to another mode',
  verdicts: { ipvs: 'block' },
  source: 'cmd/kube-proxy/app/server_others.go up to 1.25; k/k PR 111806',
  onlyForward: true,
  check: ({ cluster, node }) =>
    given([firstKnown(node.kubeProxy.version, cluster.kubeProxy.version)], ({ text, parsed }) => {
      if (parsed !== undefined && !answersEffectiveMode(text)) return undefined;
      return given([cluster.kubeProxy.configuredMode], (configured) => {
        if (configured !== 'ipvs') return undefined;
        return given([node.kubeProxy.proxyMode], (running) => {
          if (running === 'ipvs') return undefined;
          const missing = missingModules(node, text);
          const why = missing.length === 0 ? '' : ` Not loaded on the node: ${missing.join(', ')}.`;
          return {
            message: `The configuration says ipvs, but kube-proxy ${text} runs ${running}: it fell back, and would again.${why}`,
            fix: fixFor(cluster, node, missing),
          };
        });
      });
    }),
};

/** Those of kube-proxy's own list; empty where nobody looked at the node. */
function missingModules({ probe, kernel }: NodeFacts, version: string): readonly string[] {
  const needs = kernelNeeds({
    mode: 'ipvs',
    kubeProxyVersion: version,
    kernel: valueOr(kernel, undefined)?.text ?? '',
    families: ['IPv4'],
    bridgeCni: false,
  });
  const states = valueOr(probe.modules, undefined);
  if (states === undefined) return [];
  return needs.modules
    .filter((need) => need.need === 'required' && !isPresent(metBy(need, states).state))
    .map(({ name }) => name);
}

function fixFor(cluster: ClusterFacts, node: NodeFacts, missing: readonly string[]): string {
  const modules = missing.length === 0 ? ['ip_vs', 'ip_vs_rr', 'ip_vs_wrr', 'ip_vs_sh', 'nf_conntrack'] : missing;
  return [
    NAME_NODE,
    `${logOfNode(cluster)}   # look for ipvs: it says why`,
    '# on the node; then restart its kube-proxy:',
    kernelFix(node, { modules }),
  ].join('\n');
}
