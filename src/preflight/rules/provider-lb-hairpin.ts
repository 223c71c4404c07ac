// On Hetzner Cloud, a load balancer reached from its own nodes only works where kube-proxy takes the short way inside, as iptables mode does.
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { ingressIps, namesOf } from './shared-services.ts';
import { counted } from './shared-words.ts';

export const providerLbHairpin: ClusterRule = {
  id: 'provider-lb-hairpin',
  section: 9,
  scope: 'cluster',
  title: "the provider's load balancers are reached from inside in iptables mode only",
  verdicts: { iptables: 'info', ipvs: 'block', nftables: 'block' },
  source:
    'kubermatic/kubermatic: defaulting of proxyMode for Hetzner; hetznercloud/hcloud-cloud-controller-manager: annotation load-balancer.hetzner.cloud/hostname',
  onlyForward: true,
  check: ({ cluster, nodes, target, from }) => {
    const hetzner = nodes.find(({ object }) => object.spec?.providerID?.startsWith('hcloud://') === true);
    // Without the list of nodes the distribution is not known either.
    if (nodes.length === 0) return given([cluster.distribution], () => undefined);
    // From ipvs to nftables or back nothing changes: it does not work there already.
    const known = from === 'iptables' || from === undefined;
    if (hetzner === undefined || target === from || (target !== 'iptables' && !known)) return undefined;
    return given([cluster.services], (services) => {
      const users = services.filter((service) => ingressIps(service).length > 0);
      if (users.length === 0) return undefined;
      const who = `Hetzner Cloud (node ${hetzner.name} is ${hetzner.object.spec?.providerID}), and ${counted('Service', namesOf(users), 3)} with an address of a load balancer`;
      if (target === 'iptables') return { message: `${who}: reached from inside in iptables mode.` };
      return {
        message: `${who}: in mode ${target}, what the cluster itself sends to that address runs into a time-out.`,
        fix: '# stay on iptables; or let each such Service show a name instead of the address, which kube-proxy then leaves alone\nkubectl annotate service <name> load-balancer.hetzner.cloud/hostname=<its DNS name>',
      };
    });
  },
};
