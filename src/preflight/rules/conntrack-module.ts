// kube-proxy of every mode sets conntrack's sysctls first of all, and ends where they do not exist.
import { given, unseen } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';
import { kernelFix } from './shared-kernel.ts';
import { isBlocked, unblockFix } from './shared-ipvs-modules.ts';

export const conntrackModule: NodeRule = {
  id: 'conntrack-module',
  section: 7,
  scope: 'node',
  title: 'the kernel has no connection tracking',
  // Can be loaded: the operator does it before kube-proxy is restarted.
  verdicts: everyMode(['block', 'info']),
  source: 'kubernetes/kops#17915; cmd/kube-proxy/app/conntrack.go',
  check: ({ node, loads }) =>
    given([node.probe.sysctls, node.probe.modules], (values, states) => {
      if (values['net.netfilter.nf_conntrack_max'] !== undefined) return undefined;
      const fix = kernelFix(node, { modules: ['nf_conntrack'] });
      const state = states['nf_conntrack'] ?? { kind: 'unknown', reason: 'it was not looked at' };
      switch (state.kind) {
        case 'loaded':
        case 'builtIn':
          return undefined;
        case 'loadable':
          if (loads) return { verdict: 'info', message: 'To be loaded: nf_conntrack.', fix };
          return {
            message: 'Module nf_conntrack is not loaded, and kube-proxy loads none: it ends as soon as it starts.',
            fix,
          };
        case 'missing':
          return {
            message: `There is no /proc/sys/net/netfilter/nf_conntrack_max, and module nf_conntrack is missing (${state.reason}): kube-proxy ends as soon as it starts, in any mode.`,
            fix: isBlocked({ module: 'nf_conntrack', state })
              ? unblockFix(node, [{ module: 'nf_conntrack', state }])
              : `Install the rest of the kernel's modules (dnf install kernel-modules-extra-$(uname -r), apt-get install linux-modules-extra-$(uname -r)), then:\n${fix}`,
          };
        case 'unknown':
          return unseen(`module nf_conntrack is unknown (${state.reason})`);
      }
    }),
};
