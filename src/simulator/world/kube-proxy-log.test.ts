import { expect, test } from 'vitest';
import { decodeConfig } from './kube-proxy-config.ts';
import { logLines, type Stage } from './kube-proxy-log.ts';
import { traitsOf } from './kube-proxy-traits.ts';
import type { Incapacity } from './incapacity.ts';
import type { Mode } from './modes.ts';
import { planStart } from './start-plan.ts';

const at = Date.parse('2026-11-22T10:36:31.409Z');

function log(
  mode: string,
  stages: readonly Stage['kind'][],
  broken: Partial<Record<Mode, Incapacity>> = {},
  version = 'v1.36.3',
): readonly string[] {
  const traits = traitsOf(version);
  const config = decodeConfig(
    `apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: ${mode}\n`,
  );
  const plan = planStart({ traits, config, kernel: '6.1.0', incapacity: (one) => broken[one] });
  const entered = stages.map((kind): Stage =>
    kind === 'synced' || kind === 'syncFailed' ? { kind, family: 'IPv4', at } : { kind, at },
  );
  return logLines({ plan, traits, version, nodeIP: '10.0.2.15', stages: entered });
}

test('the last words of a kube-proxy without nft are those of a real one', () => {
  expect(log('nftables', ['started', 'cleaned', 'fatal'], { nftables: 'no-nft' }).slice(-3)).toEqual([
    'I1122 10:36:31.409000       1 server_linux.go:254] "Using nftables Proxier"',
    'E1122 10:36:31.409000       1 server.go:136] "Error running ProxyServer" err="unable to create proxier: unable to create ipv4 proxier: could not find nftables binary: exec: \\"nft\\": executable file not found in $PATH"',
    'E1122 10:36:31.409000       1 run.go:72] "command failed" err="unable to create proxier: unable to create ipv4 proxier: could not find nftables binary: exec: \\"nft\\": executable file not found in $PATH"',
  ]);
});

test('ipvs that is not supported is refused before it is announced', () => {
  const lines = log('ipvs', ['started', 'cleaned', 'fatal'], { ipvs: 'no-ipvs' });
  expect(lines.at(-1)).toContain(`run.go:72] "command failed" err="can't use the IPVS proxier: ipvs not supported"`);
  expect(lines.join('\n')).not.toContain('Using ipvs Proxier');
});

test.each([
  ['iptables', 'v1.36.3', '"Using iptables Proxier"'],
  [
    'ipvs',
    'v1.36.3',
    "The ipvs proxier is now deprecated and may be removed in a future release. Please use 'nftables' instead.",
  ],
  ['nftables', 'v1.36.3', '"NFTables sync params" ipFamily="IPv6"'],
])('a start in %s on %s says %s', (mode, version, text) => {
  expect(log(mode, ['started', 'cleaned', 'listening'], {}, version).join('\n')).toContain(text);
});

test('a fallback is told at error level', () => {
  const lines = log('ipvs', ['started', 'listening'], { ipvs: 'no-ipvs' }, 'v1.25.16');
  expect(lines.find((line) => line.includes("Can't use the IPVS proxier"))).toMatch(/^E1122 /);
  expect(lines.join('\n')).toContain('"Using iptables Proxier"');
});

test('a configuration that is refused leaves one line', () => {
  expect(log('nonsense', ['started', 'rejected'])).toEqual([
    expect.stringMatching(/^E1122 .* run\.go:72\] "command failed" err="failed validate: /),
  ]);
});

test('every failed sync is told', () => {
  expect(
    log('nftables', ['listening', 'syncFailed', 'syncFailed'], { nftables: 'no-fib' }).filter((line) =>
      line.includes('"nftables sync failed"'),
    ),
  ).toHaveLength(2);
});
