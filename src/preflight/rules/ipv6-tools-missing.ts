// kube-proxy runs for IPv4 alone, with one line in its log, where ip6tables does not work on a node of a dual-stack cluster.
import type { NodeContext, NodeRule, Outcome } from '../rule.ts';
import { firstKnown, given } from '../known.ts';
import { everyMode } from '../rule.ts';
import { familiesOf } from './shared-services.ts';

export const ipv6ToolsMissing: NodeRule = {
  id: 'ipv6-tools-missing',
  section: 7,
  scope: 'node',
  title: 'kube-proxy serves IPv4 alone on a node of a dual-stack cluster',
  verdicts: everyMode('warn'),
  source: 'cmd/kube-proxy/app/server_linux.go, platformCheckSupported',
  onlyForward: true,
  check: (context) =>
    given([context.cluster.services], (services) => {
      const families = familiesOf(services);
      return families.has('IPv4') && families.has('IPv6') ? onNode(context) : undefined;
    }),
};

const FIX =
  'On the node: ip6tables -t nat -S must work (apt-get install iptables, or dnf install iptables-nft). Then restart kube-proxy, and audit both families.';

function onNode({ node, from }: NodeContext): Outcome {
  const { legacy, nft, legacy6, nft6 } = node.probe.iptables;
  if ((legacy.known || nft.known) && !legacy6.known && !nft6.known)
    return {
      message: `There are IPv6 Services, and ip6tables cannot be used where kube-proxy's programs are: ${nft6.why}. kube-proxy then serves IPv4 alone.`,
      fix: FIX,
    };
  if (from !== 'ipvs') return given([firstKnown(nft6, legacy6)], () => undefined);
  return given([node.probe.virtualServers], (servers) => {
    if (servers.length === 0 || servers.some(({ address }) => address.includes(':'))) return undefined;
    return {
      message: `There are IPv6 Services, and none of the ${servers.length} virtual servers of the node has an IPv6 address: kube-proxy serves IPv4 alone here.`,
      fix: FIX,
    };
  });
}
