// Before 5.9 the kernel's ipvs reset or delayed connections whose client port was used again soon; kube-proxy switches that off from 4.1 on, at the
// price of packets to endpoints that are gone.
import { given } from '../known.ts';
import type { NodeRule } from '../rule.ts';

export const kernelConnReuse: NodeRule = {
  id: 'kernel-conn-reuse',
  section: 7,
  scope: 'node',
  title: 'ipvs of this kernel has trouble with ports that are used again',
  verdicts: { iptables: 'info', ipvs: 'warn', nftables: 'info' },
  source: 'k/k#81775, k/k#93297; pkg/proxy/ipvs/proxier.go, connReuseMinSupportedKernelVersion',
  onlyForward: true,
  check: ({ node, target, from }) => {
    if (target !== 'ipvs' && from !== 'ipvs') return undefined;
    return given([node.kernel], ({ text, major, minor }) => {
      if (major > 5 || (major === 5 && minor >= 9)) return undefined;
      if (target !== 'ipvs')
        return {
          message: `With ipvs ends its trouble with client ports that are used again on kernel ${text}; net.ipv4.vs.conn_reuse_mode stays as kube-proxy has set it, and means nothing in mode ${target}.`,
        };
      const effect =
        major < 4 || (major === 4 && minor < 1)
          ? 'kube-proxy cannot change that before 4.1'
          : 'kube-proxy sets net.ipv4.vs.conn_reuse_mode to 0, and then new connections may go to endpoints that are gone';
      return {
        message: `The kernel is ${text}: before 5.9, ipvs resets or delays connections of busy clients, which use the same port again; ${effect}.`,
        fix: 'Upgrade the kernel to 5.9 or later, or stay on iptables, if single clients open many short connections to one Service.',
      };
    });
  },
};
