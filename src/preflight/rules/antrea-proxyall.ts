// AntreaProxy with proxyAll serves all Services. Beside a kube-proxy it wins since 2.1, by jumping ahead of kube-proxy's iptables chains;
// it knows no way ahead of ipvs or nftables, so node ports, load balancers and external IPs fall back to kube-proxy there.
import { isOlder } from '../facts/image.ts';
import { given, valueOr } from '../known.ts';
import type { ClusterRule } from '../rule.ts';
import { ofAntrea } from './shared-antrea.ts';

export const antreaProxyall: ClusterRule = {
  id: 'antrea-proxyall',
  section: 3,
  scope: 'cluster',
  title: 'Antrea serves all Services beside kube-proxy',
  verdicts: { iptables: 'info', ipvs: 'warn', nftables: 'warn' },
  source: 'antrea documentation antrea-proxy.md; antrea-io/antrea PR 6308, PR 6939',
  check: ({ cluster, target }) =>
    ofAntrea(cluster, ({ proxyAll, version, namespace }) =>
      given([proxyAll], (on) => {
        if (!on) return undefined;
        if (target === 'iptables') {
          const parsed = valueOr(version, undefined);
          const who =
            parsed !== undefined && isOlder(parsed, 2, 1)
              ? 'before 2.1 kube-proxy answers first for node ports, load balancers and external IPs'
              : 'since 2.1 it answers before kube-proxy does';
          return { message: `Antrea has antreaProxy.proxyAll true: ${who}.` };
        }
        return {
          message: `Antrea has antreaProxy.proxyAll true, which outranks kube-proxy in iptables mode only: in mode ${target} kube-proxy answers for node ports, load balancers and external IPs again, and both want the health check ports ("address already in use").`,
          fix: [
            'Do without kube-proxy (proxyAll replaces it), or stay on iptables. To keep both, end the fight for the port (Antrea 2.3 and later):',
            `kubectl -n ${namespace} edit configmap antrea-config`,
            '# antrea-agent.conf:',
            'antreaProxy:',
            '  disableServiceHealthCheckServer: true',
          ].join('\n'),
        };
      }),
    ),
};
