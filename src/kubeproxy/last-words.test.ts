import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFixture } from './fixtures/read-fixture.ts';
import { lastWords, modeFromLog } from './last-words.ts';

describe('lastWords', () => {
  it('finds why ipvs mode could not start on a real node', () => {
    expect(lastWords(readFixture('log/ipvs-unusable-1.36.txt'))).toEqual({
      line: "can't use the IPVS proxier: ipvs not supported",
      fatal: true,
    });
  });

  it('finds why nftables mode could not start on a real node', () => {
    expect(lastWords(readFixture('log/nft-missing-1.36.txt'))).toEqual({
      line: 'unable to create proxier: unable to create ipv4 proxier: could not find nftables binary: exec: "nft": executable file not found in $PATH',
      fatal: true,
    });
  });

  it.each(['iptables', 'ipvs', 'nftables'])(
    'finds nothing fatal in the log of a kube-proxy that runs in %s mode',
    (mode) => {
      expect(lastWords(readFixture(`log/${mode}-running-1.36.txt`))?.fatal).toBe(false);
    },
  );

  const at = '0101 00:00:00.000000       1';
  it.each([
    [
      'a validation error',
      `E${at} run.go:74] "command failed" err="failed validate: KubeProxyConfiguration.Mode: Invalid value: \\"nftable\\""`,
      'failed validate: KubeProxyConfiguration.Mode: Invalid value: "nftable"',
      true,
    ],
    [
      'an old kernel',
      `E${at} server.go:1] "Error running ProxyServer" err="kube-proxy in nftables mode requires kernel 5.13 or later"`,
      'kube-proxy in nftables mode requires kernel 5.13 or later',
      true,
    ],
    [
      'a missing family',
      `E${at} server.go:1] "Error running ProxyServer" err="no support for primary IP family \\"IPv6\\""`,
      'no support for primary IP family "IPv6"',
      true,
    ],
    [
      'missing iptables',
      `E${at} server.go:1] "Error running ProxyServer" err="iptables is not available on this host"`,
      'iptables is not available on this host',
      true,
    ],
    [
      'an old nft',
      `E${at} run.go:1] "command failed" err="nft version must be v1.0.1 or later (got nftables v0.9.8)"`,
      'nft version must be v1.0.1 or later (got nftables v0.9.8)',
      true,
    ],
    [
      'a fatal line before structured logging',
      `F${at} server.go:490] failed complete: open /var/lib/kube-proxy/config.conf: no such file or directory`,
      'failed complete: open /var/lib/kube-proxy/config.conf: no such file or directory',
      false,
    ],
    [
      'an error of several lines',
      `E${at} run.go:72] "command failed" err=<\n\tcould not run nftables command: exit status 1\n\tError: Operation not permitted\n >`,
      'could not run nftables command: exit status 1; Error: Operation not permitted',
      false,
    ],
    [
      'such an error that is cut off',
      `E${at} run.go:72] "command failed" err=<\n\tcould not run nftables`,
      'could not run nftables',
      false,
    ],
    [
      'the fallback of 1.25, which is survived',
      `E${at} server_others.go:1] "Can't use the IPVS proxier" err="ipset missing"\nI${at} server_others.go:2] "Using iptables Proxier"`,
      "Can't use the IPVS proxier: ipset missing",
      false,
    ],
    [
      'a sync error',
      `I${at} a.go:1] "x"\nE${at} proxier.go:1] "nftables sync failed" err="exit status 1" ipFamily="IPv4"\nI${at} a.go:1] "retrying"`,
      'nftables sync failed: exit status 1',
      false,
    ],
    ['a wrong flag', `Error: unknown flag: --proxy-node`, 'Error: unknown flag: --proxy-node', false],
    [
      'a panic',
      `I${at} a.go:1] "x"\npanic: runtime error: invalid memory address\n`,
      'panic: runtime error: invalid memory address',
      false,
    ],
    [
      'the words of the container runtime',
      `exec /usr/local/bin/kube-proxy: exec format error\n`,
      'exec /usr/local/bin/kube-proxy: exec format error',
      false,
    ],
    ['nothing but information', `I${at} a.go:1] "one"\nI${at} a.go:1] "two" a="b"\n\n`, 'two', false],
    [
      'JSON',
      `{"ts":1700000000000.1,"caller":"app/server.go:136","msg":"Using nftables Proxier","v":0}\n{"ts":1700000000000.2,"caller":"cli/run.go:72","msg":"command failed","err":"can't use the IPVS proxier: no"}`,
      "can't use the IPVS proxier: no",
      true,
    ],
    [
      'JSON that is cut off',
      `{"ts":1700000000000.1,"caller":"app/ser`,
      '{"ts":1700000000000.1,"caller":"app/ser',
      false,
    ],
    ['JSON without a message', `{"ts":1}`, '{"ts":1}', false],
  ])('picks %s', (_, log, line, fatal) => {
    expect(lastWords(log)).toEqual({ line, fatal });
  });

  it('does not take the errors of every start for a reason', () => {
    const log = `E${at} a.go:1] "real" err="reason"\nE${at} server.go:265] "Kube-proxy configuration may be incomplete or incorrect" err="nodePortAddresses is unset"`;
    expect(lastWords(log)?.line).toBe('real: reason');
  });

  it('has nothing to say about an empty log, and never throws', () => {
    expect(lastWords('')).toBeUndefined();
    expect(lastWords('\n \n')).toBeUndefined();
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (log) => (lastWords(log)?.line.length ?? 0) <= 1000));
    expect(lastWords('x'.repeat(1_000_000))?.line).toHaveLength(1000);
  });
});

describe('modeFromLog', () => {
  it.each([
    ['I0101 server_others.go:1] "Using iptables Proxier"', 'iptables'],
    ['I0101 server_others.go:1] Using ipvs Proxier.', 'ipvs'],
    ['"Using ipvs Proxier"\n"Using nftables Proxier"', 'nftables'],
    ['Using iptables proxy', undefined],
    ['', undefined],
  ])('in %j is %s', (log, mode) => {
    expect(modeFromLog(log)).toBe(mode);
  });

  it.each(['iptables', 'ipvs', 'nftables'])('in a real log is %s', (mode) => {
    expect(modeFromLog(readFixture(`log/${mode}-running-1.36.txt`))).toBe(mode);
  });
});
