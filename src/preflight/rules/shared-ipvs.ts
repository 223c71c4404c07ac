// Which virtual servers of a node are not kube-proxy's.
import { ranges } from '../cidr.ts';
import type { ClusterFacts } from '../facts/cluster.ts';
import type { NodeFacts } from '../facts/node.ts';
import type { VirtualServer } from '../facts/probe.ts';
import { derive, valueOr } from '../known.ts';
import type { Known } from '../known.ts';
import { nodePortsOf, serviceAddresses } from './shared-services.ts';

/** kube-proxy from 1.27 on tries the scheduler out with this one (k/k PR 114669). */
const TRIAL = '198.51.100.0';

/**
 * Those whose address is neither a Service's nor one with a node port. What lies in a Service range belongs to a Service that is just
 * gone. kube-proxy uses no firewall marks.
 */
export function foreignServers({ probe }: NodeFacts, cluster: ClusterFacts): Known<readonly VirtualServer[]> {
  return derive([probe.virtualServers, cluster.services], (servers, services) => {
    if (servers.length === 0) return [];
    const [own, nodePorts] = [serviceAddresses(services), nodePortsOf(services)];
    const inRange = ranges(valueOr(cluster.serviceRanges, []));
    return servers.filter(({ protocol, address, port }) => {
      if (protocol === 'FWM') return true;
      const known = own.has(address) || address === TRIAL || inRange.has(address);
      return !known && !nodePorts.has(`${protocol} ${port}`);
    });
  });
}

export function showServer({ protocol, address, port }: VirtualServer): string {
  if (protocol === 'FWM') return `firewall mark ${address}`;
  return `${protocol} ${address.includes(':') ? `[${address}]` : address}:${port}`;
}
