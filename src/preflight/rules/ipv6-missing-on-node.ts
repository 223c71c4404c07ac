// Dual-stack Services, and a node without IPv6: its kube-proxy serves the IPv4 half only.
import { familyOf, ranges } from '../cidr.ts';
import type { NodeFacts } from '../facts/node.ts';
import { derive, given, known, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { NodeRule } from '../rule.ts';
import { familiesOf } from './shared-services.ts';

export const ipv6MissingOnNode: NodeRule = {
  id: 'ipv6-missing-on-node',
  section: 10,
  scope: 'node',
  title: 'the node has no IPv6, and the cluster is dual-stack',
  verdicts: everyMode('warn'),
  source: 'cmd/kube-proxy/app/server.go, platformCheckSupported and detectNodeIPs',
  onlyForward: true,
  check: ({ cluster, node }) =>
    given([cluster.services], (services) => {
      if (familiesOf(services).size < 2) return undefined;
      return given([withoutIpv6(node)], (why) =>
        why === undefined
          ? undefined
          : {
              message: `The cluster has dual-stack Services, and ${why}: its kube-proxy serves them by IPv4 only.`,
              fix: 'Give the node an IPv6 address, or enable IPv6:\nsysctl -w net.ipv6.conf.all.disable_ipv6=0   # on the node\nOr keep dual-stack workloads away from it.',
            },
      );
    }),
};

const LOCAL = ranges(['::1/128', 'fe80::/10']);

/** What shows that there is none; undefined where there is. */
function withoutIpv6({ internalIps, podCidrs, probe }: NodeFacts): Known<string | undefined> {
  if (valueOr(probe.sysctls, undefined)?.['net.ipv6.conf.all.disable_ipv6'] === '1')
    return known('IPv6 is disabled on this node (net.ipv6.conf.all.disable_ipv6 = 1)');
  const named = [...internalIps, ...podCidrs.map((cidr) => cidr.split('/', 1)[0] ?? '')];
  if (named.some((address) => familyOf(address) === 'IPv6')) return known(undefined);
  return derive([probe.addresses], (all) => {
    const some = all.some(({ address }) => familyOf(address) === 'IPv6' && !LOCAL.has(address));
    return some ? undefined : 'this node has no IPv6 address beyond link-local ones';
  });
}
