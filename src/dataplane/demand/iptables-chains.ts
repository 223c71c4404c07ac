// All chains that Service ports may have in mode iptables. Which of them must be there depends on policies; none else may be.
import type { ServicePort } from './service-ports.ts';
import { iptablesEndpointHash, iptablesHash } from './names.ts';

const PREFIXES = ['KUBE-SVC-', 'KUBE-SVL-', 'KUBE-EXT-', 'KUBE-FW-', 'KUBE-XLB-'];

export function demandedChains(ports: readonly ServicePort[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const port of ports) {
    const hash = iptablesHash(port);
    for (const prefix of PREFIXES) names.add(prefix + hash);
    for (const endpoint of [...port.cluster.flat(), ...port.local])
      names.add(`KUBE-SEP-${iptablesEndpointHash(port, endpoint.at)}`);
  }
  return names;
}
