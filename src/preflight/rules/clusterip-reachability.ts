// What answers at a Service address differs by mode: people find out by ping.
import type { ProxyMode } from '../../api/fields.ts';
import { given } from '../known.ts';
import { everyMode } from '../rule.ts';
import type { ClusterRule } from '../rule.ts';
import { leaving } from './shared-from.ts';

export const clusteripReachability: ClusterRule = {
  id: 'clusterip-reachability',
  section: 9,
  scope: 'cluster',
  title: 'Service addresses answer otherwise than before',
  verdicts: everyMode('info'),
  source: 'KEP-3866; pkg/proxy/ipvs/proxier.go, KUBE-IPVS-FILTER; pkg/proxy/nftables/README.md',
  check: ({ target, from }) =>
    given([leaving(from)], (mode) => (mode === target ? undefined : { message: MESSAGE[target] })),
};

const MESSAGE: Readonly<Record<ProxyMode, string>> = {
  iptables:
    'Service addresses are on no device: they do not answer ping, and a port no Service has runs into a time-out.',
  ipvs: 'Service addresses are on the device kube-ipvs0 of every node: older kube-proxies let them answer ping, newer ones reject what is not for a port of the Service.',
  nftables:
    'Service addresses are on no device and do not answer ping. A port the Service does not have is rejected at once, and what is sent to an address in the Service range that no Service has is dropped.',
};
