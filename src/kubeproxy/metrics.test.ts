import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFixture } from './fixtures/read-fixture.ts';
import { readMetrics } from './metrics.ts';

const LAST = 'kubeproxy_sync_proxy_rules_last_timestamp_seconds';
const FAILED = 'kubeproxy_sync_proxy_rules_nftables_sync_failures_total';
const MIB = 1024 * 1024;

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

  it('passes over values that are no finite numbers, and negative counters', () => {
    const text = `process_start_time_seconds NaN\n${LAST} +Inf\n${LAST} \n${LAST} x\n${LAST} -5\n${FAILED} -3\n${FAILED} 1e999\n`;
    expect(readMetrics(text)).toEqual({
      processStart: undefined,
      version: undefined,
      lastSync: {},
      syncFailures: 0,
    });
  });

  it('adds counters up to what a counter can be, not to infinity', () => {
    expect(readMetrics(`${FAILED} 1e308\n`.repeat(20)).syncFailures).toBe(Number.MAX_SAFE_INTEGER);
  });

  it('knows the IP families there are, and no others', () => {
    const families = ['IPv4', 'IPv6', '', 'ipv4', 'IPv5', '__proto__'];
    const text = families.map((family, index) => `${LAST}{ip_family="${family}"} ${index + 1}\n`).join('');
    expect(readMetrics(text).lastSync).toEqual({ IPv4: 1, IPv6: 2, '': 3 });
  });

  it.each([
    ['v1.36.3\u001b[2Jé', 'v1.36.3[2J'],
    ['\u0007', undefined],
    ['', undefined],
    [`v1${'.1'.repeat(100)}`, `v1${'.1'.repeat(31)}`],
  ])('cuts the version %j to 64 printable ASCII characters', (given, expected) => {
    expect(readMetrics(`kubernetes_build_info{git_version="${given}"} 1`).version).toBe(expected);
  });

  it.each([
    ['labels that do not end', `${LAST}{ip_family="IPv4" 5`],
    ['a value that does not end', `${LAST}{ip_family="IPv4} 5`],
    ['a value without quotes', `${LAST}{ip_family=IPv4} 5`],
    ['no comma between labels', `${LAST}{a="b"ip_family="IPv4"} 5`],
    ['a line beyond 4 kB', `${LAST}{ip_family="IPv4",a="${'x'.repeat(4096)}"} 5`],
    ['only names', `${LAST}{a="`],
  ])('passes over a line with %s', (_what, line) => {
    expect(readMetrics(`${line}\n${LAST}{ip_family="IPv6"} 6\n`).lastSync).toEqual({ IPv6: 6 });
  });

  // 160 kB of the first took 50 s once. No stopwatch here: what is not linear in these does not end before the time-out.
  it.each([
    ['names without an end', `${LAST}{${'a'.repeat(MIB)}`],
    ['labels without values', `${LAST}{${'a="'.repeat(MIB / 3)}} 1`],
    ['escapes', `${LAST}{a="${'\\'.repeat(MIB)}"} 1`],
    ['braces', `${LAST}${'{'.repeat(MIB / 2)}${'}'.repeat(MIB / 2)} 1`],
    ['blanks', `${LAST}{${' '.repeat(MIB)}} 1`],
    ['labels', `${LAST}{${'a="b",'.repeat(MIB / 6)}} 1`],
    ['digits', `${LAST} ${'1'.repeat(MIB)}`],
    ['nothing but a name', 'x'.repeat(MIB)],
  ])('comes to an end with 4 MiB of %s, in one line or in lines just short enough', (_what, unit) => {
    expect(readMetrics(unit.repeat(4)).syncFailures).toBe(0);
    const line = `${unit.slice(0, 4000)}${unit.slice(-96)}\n`;
    expect(readMetrics(line.repeat((4 * MIB) / line.length)).syncFailures).toBe(0);
  });

  it('comes to an end with 4 MiB of empty lines, and reads nothing beyond 8 MiB', () => {
    const last = `${FAILED} 1\n`;
    expect(readMetrics('\n'.repeat(4 * MIB) + last).syncFailures).toBe(1);
    expect(readMetrics('#'.repeat(8 * MIB) + `\n${last}`).syncFailures).toBe(0);
  });

  it('never throws, and every number it gives is finite', () => {
    const scraps = [LAST, FAILED, 'process_start_time_seconds', 'kubernetes_build_info', 'ip_family', 'git_version'];
    const signs = ['{', '}', '="', '"', '\\', ',', ' ', '\n', '\r\n', '-', '1e308', '1e309', '5', 'NaN', '0x7', 'IPv4'];
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.oneof(fc.constantFrom(...scraps, ...signs), fc.string({ maxLength: 3 }))).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (given) => {
        const { processStart = 0, version = '', lastSync, syncFailures } = readMetrics(given);
        const numbers = [processStart, syncFailures, ...Object.values(lastSync)];
        expect(numbers.every((number) => Number.isFinite(number) && number >= 0)).toBe(true);
        expect(version).toMatch(/^[ -~]{0,64}$/);
        expect(['', 'IPv4', 'IPv6']).toEqual(expect.arrayContaining(Object.keys(lastSync)));
      }),
      { numRuns: 1000 },
    );
  });
});
