// A node that does not forward packets is no node of a cluster, whatever the mode; only kube-proxy in ipvs mode switches it on by itself.
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';
import { kernelFix } from './shared-kernel.ts';
import { familiesOf } from './shared-services.ts';

export const ipForward: NodeRule = {
  id: 'ip-forward',
  section: 7,
  scope: 'node',
  title: 'the node does not forward packets',
  verdicts: everyMode('warn'),
  source: 'kubernetes.io: container runtimes, network prerequisites; pkg/proxy/ipvs/proxier.go',
  check: ({ cluster, node }) =>
    given([node.probe.sysctls, cluster.services], (values, services) => {
      const families = familiesOf(services);
      const names = [
        ...(families.has('IPv4') ? ['net.ipv4.ip_forward'] : []),
        ...(families.has('IPv6') ? ['net.ipv6.conf.all.forwarding'] : []),
      ];
      const off = names.filter((name) => values[name] !== '1');
      if (off.length === 0) return undefined;
      return {
        message: `${off.map((name) => `${name} is ${values[name] ?? 'not there'}`).join(', ')}: Services whose endpoints are on other nodes do not work.`,
        fix: kernelFix(node, { sysctls: off.map((name) => ({ name, value: '1' })) }),
      };
    }),
};
