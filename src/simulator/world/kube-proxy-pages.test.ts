import { describe, expect, test } from 'vitest';
import { decodeConfig } from './kube-proxy-config.ts';
import { goFloat, metricsText } from './kube-proxy-metrics.ts';
import { pageOf, type PageReading } from './kube-proxy-pages.ts';
import { traitsOf } from './kube-proxy-traits.ts';
import type { Mode } from './modes.ts';

const startedAt = Date.parse('2026-11-22T10:37:39.500Z');

function reading(mode: Mode, version = 'v1.36.3', more: Partial<PageReading> = {}): PageReading {
  return {
    version,
    traits: traitsOf(version),
    effective: mode,
    answers: mode,
    config: decodeConfig(`apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ${mode}\n`),
    startedAt,
    queuedAt: startedAt + 11_000,
    syncedAt: { IPv4: startedAt + 15_723, IPv6: startedAt + 16_941 },
    failures: 0,
    services: 34,
    now: startedAt + 60_000,
    nodeEligible: true,
    ...more,
  };
}

/** Samples without comments, as a scraper sees them. */
function samples(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

test('numbers look as Go prints them', () => {
  expect([0, 9, 173, 803607, 1811420, 1795343859.5, 0.05].map(goFloat)).toEqual([
    '0',
    '9',
    '173',
    '803607',
    '1.81142e+06',
    '1.7953438595e+09',
    '0.05',
  ]);
});

describe('metrics', () => {
  test('the start time and the sync times are those recorded from a real 1.36.3 in nftables mode', () => {
    expect(samples(metricsText(reading('nftables')))).toEqual([
      'kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds{ip_family="IPv4"} 1.7953438705e+09',
      'kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds{ip_family="IPv6"} 1.7953438705e+09',
      'kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv4"} 1.795343875223e+09',
      'kubeproxy_sync_proxy_rules_last_timestamp_seconds{ip_family="IPv6"} 1.795343876441e+09',
      'kubeproxy_sync_proxy_rules_service_changes_pending 0',
      'kubeproxy_sync_proxy_rules_service_changes_total 34',
      'kubernetes_build_info{build_date="1970-01-01T00:00:00Z",compiler="gc",git_version="v1.36.3",major="1",minor="36",platform="linux/amd64"} 1',
      'process_start_time_seconds 1.7953438595e+09',
    ]);
  });

  test('before the first sync a labelled timestamp is absent and an unlabelled one is 0', () => {
    const unsynced = { syncedAt: {} };
    expect(metricsText(reading('nftables', 'v1.36.3', unsynced))).not.toContain('last_timestamp_seconds');
    expect(samples(metricsText(reading('iptables', 'v1.29.0', unsynced)))).toContain(
      'kubeproxy_sync_proxy_rules_last_timestamp_seconds 0',
    );
  });

  test.each([
    ['nftables', 'v1.36.3', 'kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family="IPv4"} 2'],
    ['nftables', 'v1.31.0', 'kubeproxy_sync_proxy_rules_nftables_sync_failures_total 2'],
    ['iptables', 'v1.36.3', 'kubeproxy_sync_proxy_rules_iptables_restore_failures_total{ip_family="IPv4"} 2'],
    ['iptables', 'v1.20.0', 'kubeproxy_sync_proxy_rules_iptables_restore_failures_total 2'],
  ] as const)('failures of %s on %s', (mode, version, line) => {
    expect(samples(metricsText(reading(mode, version, { failures: 2 })))).toContain(line);
  });

  test('from 1.31 only the metrics of the mode that runs exist', () => {
    expect(metricsText(reading('iptables', 'v1.31.0'))).toContain(
      'iptables_localhost_nodeports_accepted_packets_total 0',
    );
    expect(metricsText(reading('nftables', 'v1.31.0'))).not.toContain('iptables_restore_failures');
    expect(metricsText(reading('iptables', 'v1.30.0'))).toContain('nftables_sync_failures_total 0');
    expect(metricsText(reading('ipvs', 'v1.28.0'))).not.toContain('nftables');
  });
});

describe('pages', () => {
  test('/proxyMode has no newline', () => {
    expect(pageOf(10249, '/proxyMode', reading('ipvs'))).toEqual({
      status: 200,
      contentType: 'text/plain; charset=utf-8',
      body: 'ipvs',
    });
  });

  test('/configz shows the mode after defaulting', () => {
    const config = decodeConfig(
      'apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ""\n',
    );
    const body: unknown = JSON.parse(pageOf(10249, '/configz', reading('iptables', 'v1.36.3', { config })).body);
    expect(body).toMatchObject({
      'kubeproxy.config.k8s.io': {
        kind: 'KubeProxyConfiguration',
        mode: 'iptables',
        metricsBindAddress: '127.0.0.1:10249',
      },
    });
  });

  test('/healthz is 200 with nothing programmed, and 503 only on a node that is being drained', () => {
    expect(pageOf(10256, '/healthz', reading('nftables', 'v1.36.3', { syncedAt: {} }))).toMatchObject({
      status: 200,
      contentType: 'application/json',
    });
    expect(pageOf(10256, '/healthz', reading('nftables', 'v1.36.3', { nodeEligible: false })).status).toBe(503);
    expect(pageOf(10256, '/livez', reading('nftables', 'v1.36.3', { nodeEligible: false })).status).toBe(200);
    expect(pageOf(10256, '/livez', reading('ipvs', 'v1.27.0')).status).toBe(404);
  });

  test('anything else is not found', () => {
    expect(pageOf(10249, '/nothing', reading('ipvs')).status).toBe(404);
    expect(pageOf(80, '/proxyMode', reading('ipvs')).status).toBe(404);
  });
});
