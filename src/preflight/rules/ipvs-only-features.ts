// Schedulers and time-outs are ipvs's own: the other modes pick an endpoint at random.
import { given } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { isSet } from './shared-config.ts';
import { leaving } from './shared-from.ts';

const TIMEOUTS = ['tcpTimeout', 'tcpFinTimeout', 'udpTimeout'] as const;

export const ipvsOnlyFeatures: ClusterRule = {
  id: 'ipvs-only-features',
  section: 8,
  scope: 'cluster',
  title: 'settings are used that only ipvs mode has',
  verdicts: { iptables: 'warn', nftables: 'warn' },
  source: 'KEP-3866; KEP-5495',
  check: ({ cluster, target, from }) =>
    given([leaving(from), cluster.kubeProxy.config], (mode, config) => {
      if (mode !== 'ipvs') return undefined;
      const scheduler = config.textAt(['ipvs', 'scheduler']);
      const used = [
        ...(scheduler === '' || scheduler === 'rr' ? [] : [`scheduler ${scheduler}`]),
        ...TIMEOUTS.filter((name) => isSet(config.at(['ipvs', name]))).map(
          (name) => `${name} ${config.textAt(['ipvs', name])}`,
        ),
      ];
      if (used.length === 0) return undefined;
      return {
        message: `ipvs has ${used.join(', ')}, and mode ${target} has nothing of the kind: it picks an endpoint at random, by connection, and does not drain endpoints by weight 0.`,
        fix: 'See on one node (spec.nodeSelector) whether the load is spread well enough, above all with few long connections (gRPC, databases, UDP). What depends on the client address: sessionAffinity: ClientIP in the Service.',
      };
    }),
};
