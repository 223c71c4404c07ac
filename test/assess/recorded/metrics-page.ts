// /metrics of a recorded kube-proxy: it has been running for long, and its last sync was long after its start.
import type { Spoken } from './recorded-cluster.ts';

const STARTED = 1_772_438_400;

export function metricsPage({ version, metrics = [] }: Spoken): string {
  return [
    `kubernetes_build_info{git_version="${version}",platform="linux/amd64"} 1`,
    'kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"} 1.7724411e+09',
    'kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv6"} 1.7724411e+09',
    ...metrics,
    `process_start_time_seconds ${STARTED}`,
    '',
  ].join('\n');
}
