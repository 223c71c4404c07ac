// In ipvs mode every node has the addresses of load balancers on kube-ipvs0, so what is sent to them from inside never leaves the node.
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { leaving } from './shared-from.ts';
import { ingressIps, namesOf } from './shared-services.ts';
import { counted } from './shared-words.ts';

export const lbIpLocalPath: ClusterRule = {
  id: 'lb-ip-local-path',
  section: 5,
  scope: 'cluster',
  title: 'addresses of load balancers are used from inside the cluster',
  verdicts: { iptables: 'warn', nftables: 'warn' },
  source: 'pkg/proxy/ipvs/proxier.go; KEP-1860',
  check: ({ cluster, from }) =>
    given([leaving(from)], (mode) => {
      if (mode !== 'ipvs') return undefined;
      return given([cluster.services], (services) => {
        const users = services.filter((service) => ingressIps(service).length > 0);
        const [first] = users;
        if (first === undefined) return undefined;
        const address = `${ingressIps(first)[0]}:${first.spec?.ports?.[0]?.port ?? 80}`;
        return {
          message: `${counted('Service', namesOf(users))} with an address of a load balancer: in ipvs mode each node has it on kube-ipvs0, and that ends. Clients inside the cluster may then take another way to it.`,
          fix: `# before and after, from a pod\nkubectl run lb-probe --rm -i --restart=Never --image=busybox:1.36 -- nc -vz -w 3 ${address.replace(/:(\d+)$/, ' $1')}`,
        };
      });
    }),
};
