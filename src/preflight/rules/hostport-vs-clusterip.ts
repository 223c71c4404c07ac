// In ipvs mode Service addresses are local to every node, and a hostPort takes its port on every local address: it can catch what is sent to
// a Service with the same port.
import type { Service } from '../facts/objects.ts';
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { hostPorts, podName } from './shared-node-pods.ts';
import { clusterIps, serviceName } from './shared-services.ts';
import { few } from './shared-words.ts';

export const hostportVsClusterip: ClusterRule = {
  id: 'hostport-vs-clusterip',
  section: 6,
  scope: 'cluster',
  title: 'a pod has the port of a Service as hostPort',
  verdicts: { ipvs: 'warn' },
  source: 'k/k#61938, k/k#66103, kubernetes/kubeadm#985 (k/k PR 62718); siderolabs/talos#9223',
  onlyForward: true,
  check: ({ cluster }) =>
    given([cluster.pods, cluster.services], (pods, services) => {
      const byPort = servicePorts(services);
      const found = new Map<string, string>();
      for (const pod of pods) {
        const port = hostPorts(pod, 'any').find((one) => byPort.has(one));
        if (port !== undefined && !found.has(port))
          found.set(port, `${port} of pod ${podName(pod)} and Service ${byPort.get(port)}`);
      }
      if (found.size === 0) return undefined;
      return {
        message: `The same port as hostPort and in a Service: ${few([...found.values()])}. Where portmap's rules come before ipvs, or in another flavour of iptables, such a pod gets what is meant for the Service.`,
        fix: 'On one node in ipvs mode: curl -kv https://<ClusterIP>:<port> from a pod must reach the Service. If it does not, give the pod another hostPort. Flavours: rule iptables-flavour-split.',
      };
    }),
};

/** By `TCP 443`, the first Service that has it. Headless ones have no address to be caught. */
function servicePorts(services: readonly Service[]): ReadonlyMap<string, string> {
  const ports = new Map<string, string>();
  for (const service of services) {
    if (clusterIps(service).length === 0) continue;
    for (const { port, protocol = 'TCP' } of service.spec?.ports ?? []) {
      const key = `${protocol} ${port}`;
      if (!ports.has(key)) ports.set(key, serviceName(service));
    }
  }
  return ports;
}
