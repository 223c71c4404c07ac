import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFixture } from './fixtures/read-fixture.ts';
import { readMetrics } from './metrics.ts';

const LAST = 'kubeproxy_sync_proxy_rules_last_timestamp_seconds';

describe('readMetrics', () => {
  it.each([
    ['iptables', 1795343140.15, { IPv4: 1795343155.163448, IPv6: 1795343161.444845 }],
    ['ipvs', 1795343595.74, { IPv4: 1795343637.0237725, IPv6: 1795343636.940304 }],
    ['nftables', 1795343859.5, { IPv4: 1795343875.2233803, IPv6: 1795343876.4410274 }],
  ])('reads a real kube-proxy 1.36 in %s mode', (mode, processStart, lastSync) => {
    expect(readMetrics(readFixture(`metrics/${mode}-1.36.txt`))).toEqual({
      processStart,
      version: 'v1.36.3',
      lastSync,
      syncFailures: 0,
    });
  });

  it('reads a kube-proxy before 1.33, which has no label ip_family', () => {
    const text = `process_start_time_seconds 1.7e+09\n${LAST} 1.70000001e+09\nkubeproxy_sync_proxy_rules_iptables_restore_failures_total 2\n`;
    expect(readMetrics(text)).toEqual({
      processStart: 1.7e9,
      version: undefined,
      lastSync: { '': 1.70000001e9 },
      syncFailures: 2,
    });
  });

  it('leaves out families that were never programmed', () => {
    expect(readMetrics(`${LAST}{ip_family="IPv4"} 5\n${LAST}{ip_family="IPv6"} 0\n`).lastSync).toEqual({ IPv4: 5 });
  });

  it('adds the counters of failure up over families, but not partial restores', () => {
    const text = [
      'kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family="IPv4"} 3',
      'kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family="IPv6"} 4',
      'kubeproxy_sync_proxy_rules_nftables_cleanup_failures_total{ip_family="IPv6"} 1',
      'kubeproxy_sync_proxy_rules_iptables_partial_restore_failures_total{ip_family="IPv6"} 50',
    ];
    expect(readMetrics(text.join('\n')).syncFailures).toBe(8);
  });

  it('reads labels in any order, escapes, timestamps, CRLF and a cut-off last line', () => {
    const text = [
      `${LAST}{zone="a} b\\" \\\\",ip_family="IPv4",} 7 1700000000000\r`,
      'kubernetes_build_info{git_version="v1.2.3+\\"x\\"\\\\",major="1"} 1',
      '# HELP something 1',
      'nonsense {',
      '} 5',
      `${LAST}{ip_family="IPv6"`,
    ];
    expect(readMetrics(text.join('\n'))).toEqual({
      processStart: undefined,
      version: 'v1.2.3+"x"\\',
      lastSync: { IPv4: 7 },
      syncFailures: 0,
    });
  });

  it('passes over values that are no finite numbers', () => {
    expect(readMetrics(`process_start_time_seconds NaN\n${LAST} +Inf\n${LAST} \n${LAST} x\n`)).toEqual({
      processStart: undefined,
      version: undefined,
      lastSync: {},
      syncFailures: 0,
    });
  });

  it('never throws, and is quick on much text', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof readMetrics(text).syncFailures === 'number'));
    expect(readMetrics(`${LAST}{${'a="'.repeat(100_000)}} 1\n`.repeat(3)).lastSync).toEqual({ '': 1 });
    expect(readMetrics('x'.repeat(9 * 1024 * 1024)).lastSync).toEqual({});
  });
});
