// Dual-stack Services have rules in both families, which are programmed one after the other and can fail one by one.
import type { ProxyMode } from '../../api/fields.ts';
import type { Service } from '../facts/objects.ts';
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { clusterIps, namesOf } from './shared-services.ts';
import { counted } from './shared-words.ts';

export const dualStackBothFamilies: ClusterRule = {
  id: 'dual-stack-both-families',
  section: 10,
  scope: 'cluster',
  title: 'there are dual-stack Services',
  verdicts: everyMode('info'),
  source: 'KEP-563; pkg/proxy/metaproxier',
  onlyForward: true,
  check: ({ cluster, target }) =>
    given([cluster.services], (services) => {
      const dual = services.filter(isDualStack);
      if (dual.length === 0) return undefined;
      return {
        message: `${counted('dual-stack Service', namesOf(dual), 3)}: each has rules in both families, and both have to be looked at after the switch (${WHERE[target]}).`,
      };
    }),
};

/** Headless ones have no rules in either family. */
function isDualStack(service: Service): boolean {
  return (service.spec?.ipFamilies?.length ?? 0) > 1 && clusterIps(service).length > 0;
}

const WHERE: Readonly<Record<ProxyMode, string>> = {
  iptables: 'iptables-save and ip6tables-save',
  ipvs: 'ipvsadm -Ln and the ipsets KUBE-6-*; IPv6 addresses are in brackets in /proc/net/ip_vs',
  nftables: 'nft list table ip kube-proxy and nft list table ip6 kube-proxy',
};
