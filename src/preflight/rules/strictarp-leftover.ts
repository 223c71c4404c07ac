// strictARP sets two sysctls for all devices, and nobody takes them back when ipvs mode is left.
import { given } from '../known.ts';
import type { NodeRule } from '../rule.ts';
import { leaving } from './shared-from.ts';

export const strictarpLeftover: NodeRule = {
  id: 'strictarp-leftover',
  section: 5,
  scope: 'node',
  title: 'arp_ignore and arp_announce stay as strictARP has set them',
  verdicts: { iptables: 'warn', nftables: 'warn' },
  source: 'pkg/proxy/ipvs/proxier.go, NewProxier; metallb/metallb#2919',
  check: ({ node, from }) =>
    given([leaving(from)], (mode) => {
      if (mode !== 'ipvs') return undefined;
      return given([node.probe.sysctls], (values) => {
        const ignore = values['net.ipv4.conf.all.arp_ignore'] ?? '0';
        const announce = values['net.ipv4.conf.all.arp_announce'] ?? '0';
        if (ignore !== '1' && announce !== '2') return undefined;
        return {
          message: `net.ipv4.conf.all.arp_ignore is ${ignore} and arp_announce ${announce}, as ipvs mode with strictARP sets them; they stay so. MetalLB and kube-vip do not need them in other modes.`,
          fix: '# afterwards, on the node, and only if nothing else wants them\nsysctl -w net.ipv4.conf.all.arp_ignore=0 net.ipv4.conf.all.arp_announce=0',
        };
      });
    }),
};
